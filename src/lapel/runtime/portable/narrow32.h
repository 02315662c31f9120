/* int32 to int8: y = floor((mul * x + add) / 2^drop), saturated (SPEC 11). */
#ifndef LAPEL_NARROW32_H
#define LAPEL_NARROW32_H

#include "narrow.h"

typedef lapel_narrow_params lapel_narrow32_params;

/* y, x: [count]; they do not overlap. */
typedef void lapel_narrow32_fn(int8_t *y, const int32_t *x, const LAPEL_ROM lapel_narrow32_params *p);
LAPEL_KERNEL lapel_narrow32_fn lapel_narrow32;

#endif
