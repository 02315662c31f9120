/* Elementwise squared difference with broadcasting: y = saturate(zero + requantize((a' - b')^2)), a' and b' rescaled. */
#ifndef LAPEL_SQDIFF_H
#define LAPEL_SQDIFF_H

#include "broadcast.h"

typedef struct {
    int32_t a_mul;                             /* >= 0 */
    int32_t b_mul;
    int32_t y_mul;
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int16_t a_zero;                            /* -128..127 */
    int16_t b_zero;                            /* -128..127 */
    int16_t y_zero;
    int8_t a_step;                             /* 0 or 1: elements of a for one of y in the innermost loop */
    int8_t b_step;                             /* 0 or 1 */
    int8_t a_shift;                            /* -31..0 */
    int8_t b_shift;                            /* -31..0 */
    int8_t y_shift;                            /* -31..30 */
} lapel_sqdiff_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_sqdiff_fn(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_sqdiff_params *p);
LAPEL_KERNEL lapel_sqdiff_fn lapel_sqdiff;

#endif
