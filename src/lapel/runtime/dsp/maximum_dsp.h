/* Elementwise maximum with broadcasting as maximum.h, four elements at a time. */
#ifndef LAPEL_MAXIMUM_DSP_H
#define LAPEL_MAXIMUM_DSP_H

#include "dsp.h"
#include "maximum.h"

typedef lapel_maximum_params lapel_maximum_dsp_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_maximum_dsp_fn(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_maximum_dsp_params *p);
LAPEL_KERNEL lapel_maximum_dsp_fn lapel_maximum_dsp;

#endif
