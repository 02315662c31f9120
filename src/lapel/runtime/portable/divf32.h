/* Elementwise quotient of float32 with broadcasting: y = clamp(a / b). */
#ifndef LAPEL_DIVF32_H
#define LAPEL_DIVF32_H

#include "limitedpairf32.h"

typedef lapel_limitedpairf32_params lapel_divf32_params;

/* y: [outer..., count]; it may be a or b if that operand has y's shape. */
typedef void lapel_divf32_fn(float *y, const float *a, const float *b, const LAPEL_ROM lapel_divf32_params *p);
LAPEL_KERNEL lapel_divf32_fn lapel_divf32;

#endif
