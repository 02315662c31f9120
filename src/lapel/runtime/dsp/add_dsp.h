/* Elementwise sum with broadcasting, where one rounding does:
 * y = saturate((floor(a * a_mul / 2^8) + floor(b * b_mul / 2^8) + add) >> 21). */
#ifndef LAPEL_ADD_DSP_H
#define LAPEL_ADD_DSP_H

#include "broadcast.h"
#include "dsp.h"

typedef struct {
    int32_t a_mul; /* no sum of the terms leaves 32 bits */
    int32_t b_mul;
    int32_t add;
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int8_t a_step;                             /* 0 or 1: elements of a for one of y in the innermost loop;
                                                * if count > 1: a_step + b_step >= 1 */
    int8_t b_step;                             /* 0 or 1 */
} lapel_add_dsp_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_add_dsp_fn(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_add_dsp_params *p);
LAPEL_KERNEL lapel_add_dsp_fn lapel_add_dsp;

#endif
