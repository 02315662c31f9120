/* Elementwise squared difference of float32 with broadcasting: y = (a - b) * (a - b). */
#ifndef LAPEL_SQDIFFF32_H
#define LAPEL_SQDIFFF32_H

#include "broadcast.h"
#include "floats.h"

typedef struct {
    lapel_index count;                         /* elements of the innermost loop, >= 1 */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* counts of the loops around it, innermost first, >= 1 */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    int8_t a_step;                             /* elements of a for one of y in the innermost loop: 0 or 1 */
    int8_t b_step;
} lapel_sqdifff32_params;

/* y: [outer..., count]; it may be a or b if that operand has y's shape. */
typedef void lapel_sqdifff32_fn(float *y, const float *a, const float *b, const LAPEL_ROM lapel_sqdifff32_params *p);
LAPEL_KERNEL lapel_sqdifff32_fn lapel_sqdifff32;

#endif
