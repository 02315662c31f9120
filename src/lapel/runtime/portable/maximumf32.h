/* Elementwise maximum of float32 with broadcasting: b where it is greater, else a; of zeros a, and if one is NaN a. */
#ifndef LAPEL_MAXIMUMF32_H
#define LAPEL_MAXIMUMF32_H

#include "pairf32.h"

typedef lapel_pairf32_params lapel_maximumf32_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_maximumf32_fn(float *y, const float *a, const float *b, const LAPEL_ROM lapel_maximumf32_params *p);
LAPEL_KERNEL lapel_maximumf32_fn lapel_maximumf32;

#endif
