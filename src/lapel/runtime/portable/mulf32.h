/* Elementwise product of float32 with broadcasting: y = clamp(a * b). */
#ifndef LAPEL_MULF32_H
#define LAPEL_MULF32_H

#include "broadcast.h"
#include "floats.h"

typedef struct {
    lapel_index count;                         /* elements of the innermost loop, >= 1 */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* counts of the loops around it, innermost first, >= 1 */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    float lo;                                  /* clamp, lo <= hi */
    float hi;
    int8_t a_step;                             /* elements of a for one of y in the innermost loop: 0 or 1 */
    int8_t b_step;
} lapel_mulf32_params;

/* y: [outer..., count]; it may be a or b if that operand has y's shape. */
typedef void lapel_mulf32_fn(float *y, const float *a, const float *b, const LAPEL_ROM lapel_mulf32_params *p);
LAPEL_KERNEL lapel_mulf32_fn lapel_mulf32;

#endif
