/* Elementwise sum with broadcasting: y = saturate(zero + rescale(half(a) + rescale(b))), a being the operand with the
   larger scale. A difference has b_* or y_mul negated (ops/sub.py). */
#ifndef LAPEL_ADD_H
#define LAPEL_ADD_H

#include "broadcast.h"

typedef struct {
    int32_t b_high;                            /* multiplier of b, divided by 2^11: -2^20..2^20 */
    int32_t y_mul;                             /* multiplier of the sum: any sign, not INT32_MIN */
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int16_t b_low;                             /* rest of the multiplier of b: -2047..2047 */
    int16_t b_round;                           /* 1024, or 1023 where b is subtracted */
    int16_t a_zero;                            /* -128..127 */
    int16_t b_zero;
    int16_t y_zero;
    int8_t a_step;                             /* 0 or 1: elements of a for one of y in the innermost loop */
    int8_t b_step;                             /* 0 or 1 */
    int8_t b_shift;                            /* 1..31 */
    int8_t y_shift;                            /* 1..31 */
} lapel_add_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_add_fn(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_add_params *p);
LAPEL_KERNEL lapel_add_fn lapel_add;

#endif
