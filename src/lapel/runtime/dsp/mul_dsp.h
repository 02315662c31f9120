/* Elementwise product with broadcasting, as mul.h says it, for multipliers below one half. */
#ifndef LAPEL_MUL_DSP_H
#define LAPEL_MUL_DSP_H

#include "broadcast.h"
#include "dsp.h"

typedef struct {
    int32_t mul;                               /* >= 0 */
    int32_t offset;                            /* (zero point of y + 1/2) * 2^right */
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int16_t a_zero;                            /* -128..127 */
    int16_t b_zero;                            /* -128..127 */
    int8_t a_step;                             /* 0 or 1: elements of a for one of y in the innermost loop;
                                                * if count > 1: a_step + b_step >= 1 */
    int8_t b_step;                             /* 0 or 1 */
    int8_t right;                              /* 1..22 */
} lapel_mul_dsp_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_mul_dsp_fn(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_mul_dsp_params *p);
LAPEL_KERNEL lapel_mul_dsp_fn lapel_mul_dsp;

#endif
