/* Elementwise difference of float32 with broadcasting: y = clamp(a - b). */
#ifndef LAPEL_SUBF32_H
#define LAPEL_SUBF32_H

#include "limitedpairf32.h"

typedef lapel_limitedpairf32_params lapel_subf32_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_subf32_fn(float *y, const float *a, const float *b, const LAPEL_ROM lapel_subf32_params *p);
LAPEL_KERNEL lapel_subf32_fn lapel_subf32;

#endif
