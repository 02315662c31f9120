/* What the kernels of softmax share: the division by the sum of a row. */
#ifndef LAPEL_RECIPROCAL_H
#define LAPEL_RECIPROCAL_H

#include "lapel.h"

/* 2^62 / d for d in 2^31..2^32 - 1, within the error of three Newton steps from 48/17 - 32/17 * d; 2^29 is 1.0. */
LAPEL_INLINE int32_t lapel_reciprocal(uint32_t d)
{
    const int32_t half = (int32_t)(d >> 1), one = (int32_t)1 << 29;
    int32_t x = 1515870810 + lapel_high_mul(half, -1010580540);

    for (int_fast8_t step = 0; step < 3; step++) {
        x += lapel_high_mul(x, one - lapel_high_mul(half, x)) * 4;
    }
    return x > INT32_MAX / 2 ? INT32_MAX : x * 2;
}

#endif
