/* Elementwise sum for Helium with broadcasting. right > 0: y = saturate((a * a_mul + b * b_mul + add) >> right), where
   one rounding does; else as add.h, and in the innermost loop neither operand repeats. */
#ifndef LAPEL_ADD_MVE_H
#define LAPEL_ADD_MVE_H

#include "broadcast.h"
#include "mve.h"

typedef struct {
    int32_t a_mul;                             /* 0 if right is 0 */
    int32_t b_mul;                             /* >= 0 if right is 0 */
    int32_t add;                               /* no sum of products and add leaves 32 bits */
    int32_t b_scale;                           /* 2^20 or 2^21; this, b_sign, y_mul, zeros and shifts only if right is 0 */
    int32_t b_sign;                            /* 1, or -1 where b is subtracted */
    int32_t y_mul;                             /* multiplier of the sum: any sign, not INT32_MIN */
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int16_t a_zero;                            /* -128..127 */
    int16_t b_zero;
    int16_t y_zero;
    int8_t a_step;                             /* 0 or 1: elements of a for one of y in the innermost loop;
                                                * if count > 1: a_step + b_step >= 1;
                                                * if right == 0 and count > 1: a_step + b_step == 2 */
    int8_t b_step;                             /* 0 or 1 */
    int8_t b_shift;                            /* 0..31 */
    int8_t y_shift;                            /* 0..31 */
    int8_t right;                              /* 0..30 */
} lapel_add_mve_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_add_mve_fn(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_add_mve_params *p);
LAPEL_KERNEL lapel_add_mve_fn lapel_add_mve;

#endif
