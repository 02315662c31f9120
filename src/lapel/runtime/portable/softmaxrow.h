/* A row of softmax up to its division by the sum, for outputs of 8 and of 16 bits. */
#ifndef LAPEL_SOFTMAXROW_H
#define LAPEL_SOFTMAXROW_H

#include "softmax.h"

LAPEL_INLINE int32_t lapel_softmax_exp(int8_t max, int8_t x, const LAPEL_ROM lapel_softmax_params *p)
{
    const uint8_t d = (uint8_t)(max - x); /* of x that was written over, too: never before the table */

    return d < p->steps ? p->exps[d] : 0;
}

LAPEL_INLINE int8_t lapel_softmax_max(const int8_t *x, lapel_index classes)
{
    int8_t max = x[0];

    for (lapel_index c = 1; c < classes; c++) {
        max = x[c] > max ? x[c] : max;
    }
    return max;
}

/* The sum of the row's exponentials; 2^19 is 1.0. */
LAPEL_INLINE uint32_t lapel_softmax_sum(const int8_t *x, int8_t max, const LAPEL_ROM lapel_softmax_params *p)
{
    uint32_t sum = 0;

    for (lapel_index c = 0; c < p->classes; c++) {
        sum += ((uint32_t)lapel_softmax_exp(max, x[c], p) + 2048u) >> 12;
    }
    return sum;
}

#endif
