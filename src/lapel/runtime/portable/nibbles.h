/* Sums of int8 values times weights of four bits, two a byte: the first in the lower half, each stored as w + 8. */
#ifndef LAPEL_NIBBLES_H
#define LAPEL_NIBBLES_H

#include "lapel.h"

/* Bytes of a row of n weights. */
LAPEL_INLINE lapel_index lapel_nibbles_bytes(lapel_index n)
{
    return (lapel_index)((lapel_index)(n + 1) >> 1);
}

/* Sum of x[k] * (w[k] + 8) over n values. Sixteen products fit 16 bits, so an 8-bit core adds to 32 once a block. */
LAPEL_NOINLINE int32_t lapel_nibbles_sum(const int8_t *x, const LAPEL_ROM uint8_t *w, lapel_index n)
{
    int32_t sum = 0;

    while (n > 1) {
        uint8_t pairs = (uint8_t)(n > 16 ? 8 : n >> 1);
        int16_t block = 0;

        n = (lapel_index)(n - 2 * pairs);
        for (; pairs > 0; pairs--) {
            const uint8_t both = *w++;

            block = (int16_t)(block + x[0] * (uint8_t)(both & 15u) + x[1] * (uint8_t)(both >> 4));
            x += 2;
        }
        sum += block;
    }
    return n > 0 ? sum + *x * (int16_t)*w : sum;
}

/* 8 * (sum of x): what lapel_nibbles_sum has more than the sum of products. */
LAPEL_INLINE int32_t lapel_nibbles_excess(const int8_t *x, lapel_index n)
{
    int32_t sum = 0;

    for (; n > 0; n--) {
        sum += *x++;
    }
    return 8 * sum;
}

#endif
