/* Weights as indexes of 1, 2 or 4 bits into a code book, on cores that read words at any address. */
#ifndef LAPEL_FIXED32_H
#define LAPEL_FIXED32_H

#include "dsp.h"
#include "fixed.h"

/* acc + the sum of x times four weights, whose indexes are the lowest bits. */
LAPEL_FORCE_INLINE int32_t lapel_fixed32_four(int32_t acc, const int8_t *x, const LAPEL_ROM int8_t *values,
                                              uint32_t bits, const int_fast8_t width)
{
    const uint32_t mask = (1u << width) - 1;

    acc += x[0] * values[bits & mask];
    acc += x[1] * values[bits >> width & mask];
    acc += x[2] * values[bits >> 2 * width & mask];
    acc += x[3] * values[bits >> 3 * width & mask];
    return acc;
}

/* acc + the sum of x times the weights of that many words: 8 or 16 of each. */
LAPEL_FORCE_INLINE int32_t lapel_fixed32_add(int32_t acc, const int8_t *x, const lapel_fixed *d, lapel_index words,
                                             const int_fast8_t width)
{
    const LAPEL_ROM int8_t *const values = d->values;
    const LAPEL_ROM uint8_t *at = d->bits.at;

    for (; words > 0; words--) {
        const uint32_t bits = lapel_read4(at);

        at += 4;
        acc = lapel_fixed32_four(acc, x, values, bits, width);
        acc = lapel_fixed32_four(acc, x + 4, values, bits >> 4 * width, width);
        if (width == 2) {
            acc = lapel_fixed32_four(acc, x + 8, values, bits >> 16, width);
            acc = lapel_fixed32_four(acc, x + 12, values, bits >> 24, width);
        }
        x += 32 / width;
    }
    return acc;
}

/* The sum of x times the next `count` weights. Of one bit they are as fast by bytes. */
LAPEL_NOINLINE int32_t lapel_fixed32_dot(lapel_fixed *d, const int8_t *x, lapel_index count)
{
    const int8_t per = (int8_t)(32 >> (d->width >> 1)); /* 16 or 8 weights a word */
    int32_t acc = 0;
    lapel_index words;

    for (; d->bits.bits != 1 && count > 0; count--) {
        acc += *x++ * lapel_fixed_one(d);
    }
    words = d->width == 1 ? 0 : lapel_fixed_whole(d, count) >> 2;
    acc = d->width == 4 ? lapel_fixed32_add(acc, x, d, words, 4) : lapel_fixed32_add(acc, x, d, words, 2);
    d->bits.at += 4 * words;
    return acc + lapel_fixed_dot(d, x + words * per, count - words * per);
}

#endif
