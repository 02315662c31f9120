/* Elementwise squared difference of float32 with broadcasting: y = (a - b) * (a - b). */
#ifndef LAPEL_SQDIFFF32_H
#define LAPEL_SQDIFFF32_H

#include "pairf32.h"

typedef lapel_pairf32_params lapel_sqdifff32_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_sqdifff32_fn(float *y, const float *a, const float *b, const LAPEL_ROM lapel_sqdifff32_params *p);
LAPEL_KERNEL lapel_sqdifff32_fn lapel_sqdifff32;

#endif
