/* Index of the largest value along an axis, the first of equals; the smallest is the largest complement. */
#ifndef LAPEL_ARGMAX_H
#define LAPEL_ARGMAX_H

#include "lapel.h"

typedef struct {
    lapel_index outer; /* >= 1, product of the dimensions before the axis */
    lapel_index count; /* >= 1, the axis */
    lapel_index inner; /* >= 1, product of the dimensions after it */
    int8_t flip;       /* 0 for the largest, -1 for the smallest */
} lapel_argmax_params;

/* Total. y: [outer][inner]; x: [outer][count][inner]; they do not overlap. */
typedef void lapel_argmax_fn(int32_t *y, const int8_t *x, const LAPEL_ROM lapel_argmax_params *p);
LAPEL_KERNEL lapel_argmax_fn lapel_argmax;

#endif
