/* Elementwise squared difference of int16 with broadcasting: y = saturate(requantize((a' - b')^2)), both rescaled. */
#ifndef LAPEL_SQDIFF16_H
#define LAPEL_SQDIFF16_H

#include "broadcast.h"

typedef struct {
    int32_t a_mul;                             /* >= 0 */
    int32_t b_mul;
    int32_t y_mul;
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int8_t a_step;                             /* 0 or 1: elements of a for one of y in the innermost loop */
    int8_t b_step;                             /* 0 or 1 */
    int8_t a_shift;                            /* -31..0 */
    int8_t b_shift;                            /* -31..0 */
    int8_t y_shift;                            /* -31..30 */
} lapel_sqdiff16_params;

/* Total. y: [count * all(outer)]; a: [walked(outer, a_jump, 1 + a_step * (count - 1))];
 * b: [walked(outer, b_jump, 1 + b_step * (count - 1))]; y may be a or b if that operand has y's shape. */
typedef void lapel_sqdiff16_fn(int16_t *y, const int16_t *a, const int16_t *b,
                               const LAPEL_ROM lapel_sqdiff16_params *p);
LAPEL_KERNEL lapel_sqdiff16_fn lapel_sqdiff16;

#endif
