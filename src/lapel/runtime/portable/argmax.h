/* Index of the largest value along an axis, the first of equals; the smallest is the largest complement. */
#ifndef LAPEL_ARGMAX_H
#define LAPEL_ARGMAX_H

#include "lapel.h"

typedef struct {
    lapel_index outer; /* product of the dimensions before the axis, >= 1 */
    lapel_index count; /* the axis, >= 1 */
    lapel_index inner; /* product of the dimensions after it, >= 1 */
    int8_t flip;       /* 0 for the largest, -1 for the smallest */
} lapel_argmax_params;

/* y: [outer][inner]; x: [outer][count][inner]; they do not overlap. */
typedef void lapel_argmax_fn(int32_t *y, const int8_t *x, const LAPEL_ROM lapel_argmax_params *p);
LAPEL_KERNEL lapel_argmax_fn lapel_argmax;

#endif
