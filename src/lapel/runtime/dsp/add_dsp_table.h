/* Elementwise sum with broadcasting and the definition's roundings: y = saturate(rescale(a * a_mul + b * b_mul + add +
 * rest[b + 128])), where b's terms are exactly what the kernel `add` adds for it. */
#ifndef LAPEL_ADD_DSP_TABLE_H
#define LAPEL_ADD_DSP_TABLE_H

#include "broadcast.h"
#include "dsp.h"

typedef struct {
    const LAPEL_ROM int8_t *rest; /* [256], of b from -128 up */
    int32_t a_mul;                /* 2^20 or -2^20 */
    int32_t b_mul;                /* sums are below 2^29 */
    int32_t add;
    int32_t y_mul;                             /* multiplier of the sum, >= 0 */
    int32_t y_add;                             /* the zero point and a half, before the shift */
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int8_t a_step;                             /* 0 or 1: elements of a for one of y in the innermost loop;
                                                * if count > 1: a_step + b_step >= 1 */
    int8_t b_step;                             /* 0 or 1 */
    int8_t y_shift;                            /* 1..23 */
} lapel_add_dsp_table_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_add_dsp_table_fn(int8_t *y, const int8_t *a, const int8_t *b,
                                    const LAPEL_ROM lapel_add_dsp_table_params *p);
LAPEL_KERNEL lapel_add_dsp_table_fn lapel_add_dsp_table;

#endif
