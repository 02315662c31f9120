/* Index of the largest or smallest float32 along an axis, the first of equals; a NaN is passed over unless it is the first. */
#ifndef LAPEL_ARGMAXF32_H
#define LAPEL_ARGMAXF32_H

#include "floats.h"

typedef struct {
    lapel_index outer; /* >= 1, product of the dimensions before the axis */
    lapel_index count; /* >= 1, the axis */
    lapel_index inner; /* >= 1, product of the dimensions after it */
    int8_t least;      /* 0 for the largest, 1 for the smallest */
} lapel_argmaxf32_params;

/* Total. y: [outer][inner]; x: [outer][count][inner]; they do not overlap. */
typedef void lapel_argmaxf32_fn(int32_t *y, const float *x, const LAPEL_ROM lapel_argmaxf32_params *p);
LAPEL_KERNEL lapel_argmaxf32_fn lapel_argmaxf32;

#endif
