/* Rectifier with slopes: y = saturate(zero + requantize(v if v >= 0, else v * (alpha - alpha_zero))), v = x - x_zero. */
#ifndef LAPEL_PRELU_H
#define LAPEL_PRELU_H

#include "broadcast.h"

typedef struct {
    int32_t x_mul;                             /* >= 0 */
    int32_t alpha_mul;                         /* >= 0 */
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements of x from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER]; /* as a_jump, of alpha */
    int16_t x_zero;                            /* -128..127 */
    int16_t alpha_zero;                        /* -128..127 */
    int16_t y_zero;
    int8_t a_step;                             /* 0 or 1: elements of x for one of y in the innermost loop */
    int8_t b_step;                             /* 0 or 1: as a_step, of alpha */
    int8_t x_shift;                            /* -31..13 */
    int8_t alpha_shift;                        /* -31..13 */
} lapel_prelu_params;

/* Total. y: [count * all(outer)]; x: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * alpha: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be x if that has y's shape. */
typedef void lapel_prelu_fn(int8_t *y, const int8_t *x, const int8_t *alpha, const LAPEL_ROM lapel_prelu_params *p);
LAPEL_KERNEL lapel_prelu_fn lapel_prelu;

#endif
