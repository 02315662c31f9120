/* int16 to int8: y = floor((mul * x + add) / 2^drop), saturated (SPEC 11). */
#ifndef LAPEL_NARROW16_H
#define LAPEL_NARROW16_H

#include "narrow.h"

typedef lapel_narrow_params lapel_narrow16_params;

/* y, x: [count]; they do not overlap. */
typedef void lapel_narrow16_fn(int8_t *y, const int16_t *x, const LAPEL_ROM lapel_narrow16_params *p);
LAPEL_KERNEL lapel_narrow16_fn lapel_narrow16;

#endif
