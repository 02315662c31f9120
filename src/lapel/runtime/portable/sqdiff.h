/* Elementwise squared difference with broadcasting: y = saturate(zero + requantize((a' - b')^2)), a' and b' rescaled. */
#ifndef LAPEL_SQDIFF_H
#define LAPEL_SQDIFF_H

#include "broadcast.h"

typedef struct {
    int32_t a_mul;                             /* >= 0 */
    int32_t b_mul;
    int32_t y_mul;
    lapel_index count;                         /* elements of the innermost loop, >= 1 */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* counts of the loops around it, innermost first, >= 1 */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int16_t a_zero;                            /* -128..127 */
    int16_t b_zero;
    int16_t y_zero;
    int8_t a_step;                             /* elements of a for one of y in the innermost loop: 0 or 1 */
    int8_t b_step;
    int8_t a_shift;                            /* -31..0 */
    int8_t b_shift;
    int8_t y_shift;                            /* -31..30 */
} lapel_sqdiff_params;

/* y: [outer..., count]; it may be a or b if that operand has y's shape. */
typedef void lapel_sqdiff_fn(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_sqdiff_params *p);
LAPEL_KERNEL lapel_sqdiff_fn lapel_sqdiff;

#endif
