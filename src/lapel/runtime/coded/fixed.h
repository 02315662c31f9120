/* Weights as indexes of 1, 2 or 4 bits into a code book: docs/SPEC.md §9. */
#ifndef LAPEL_FIXED_H
#define LAPEL_FIXED_H

#include "bits.h"

typedef struct {
    const LAPEL_ROM uint8_t *codes; /* [code_bytes]: of weights, channel after channel; docs/SPEC.md §9 */
    const LAPEL_ROM int8_t *values; /* [bits * bits] if bits > 1, else [2]: the weights that indexes stand for */
    lapel_index code_bytes;         /* >= 1 */
    int8_t bits;                    /* of an index: 1, 2 or 4 */
} lapel_fixed_code;

typedef struct {
    lapel_bits bits;
    const LAPEL_ROM int8_t *values; /* [2^width] */
    int8_t width;                   /* bits of an index: 1, 2 or 4 */
} lapel_fixed;

LAPEL_INLINE lapel_fixed lapel_fixed_from(const LAPEL_ROM lapel_fixed_code *c)
{
    const lapel_fixed d = {lapel_bits_from(c->codes, c->code_bytes), c->values, c->bits};

    return d;
}

/* The next weight. */
LAPEL_INLINE int8_t lapel_fixed_one(lapel_fixed *d)
{
    unsigned bits = d->bits.bits;

    if (bits == 1) {
        bits = 0x100u | lapel_next_byte(&d->bits);
    }
    d->bits.bits = bits >> d->width;
    return d->values[bits & ((1u << d->width) - 1)];
}

/* How many whole bytes the next `count` weights are, of those that there are; 0 within a byte. */
LAPEL_INLINE lapel_index lapel_fixed_whole(const lapel_fixed *d, lapel_index count)
{
    const lapel_index bytes = (lapel_index)(d->width == 4 ? count >> 1 : d->width == 2 ? count >> 2 : count >> 3);
    const lapel_index rest = (lapel_index)(d->bits.end - d->bits.at);

    return d->bits.bits != 1 ? 0 : bytes < rest ? bytes : rest;
}

/* w: the weights of that many bytes. */
LAPEL_FORCE_INLINE void lapel_fixed_write(int8_t *w, const lapel_fixed *d, lapel_index bytes, const int_fast8_t width)
{
    const LAPEL_ROM int8_t *const values = d->values;
    const LAPEL_ROM uint8_t *at = d->bits.at;
    const unsigned mask = (1u << width) - 1;

    for (; bytes > 0; bytes--) {
        const unsigned byte = *at++;

        w[0] = values[byte & mask];
        w[1] = values[byte >> width & mask];
        if (width < 4) {
            w[2] = values[byte >> 2 * width & mask];
            w[3] = values[byte >> 3 * width & mask];
        }
        if (width < 2) {
            w[4] = values[byte >> 4 & mask];
            w[5] = values[byte >> 5 & mask];
            w[6] = values[byte >> 6 & mask];
            w[7] = values[byte >> 7];
        }
        w += 8 / width;
    }
}

/* acc + the sum of x times the weights of that many bytes. */
LAPEL_FORCE_INLINE int32_t lapel_fixed_add(int32_t acc, const int8_t *x, const lapel_fixed *d, lapel_index bytes,
                                           const int_fast8_t width)
{
    const LAPEL_ROM int8_t *const values = d->values;
    const LAPEL_ROM uint8_t *at = d->bits.at;
    const unsigned mask = (1u << width) - 1;

    for (; bytes > 0; bytes--) {
        const unsigned byte = *at++;

        acc += x[0] * values[byte & mask];
        acc += x[1] * values[byte >> width & mask];
        if (width < 4) {
            acc += x[2] * values[byte >> 2 * width & mask];
            acc += x[3] * values[byte >> 3 * width & mask];
        }
        if (width < 2) {
            acc += x[4] * values[byte >> 4 & mask];
            acc += x[5] * values[byte >> 5 & mask];
            acc += x[6] * values[byte >> 6 & mask];
            acc += x[7] * values[byte >> 7];
        }
        x += 8 / width;
    }
    return acc;
}

/* w: the next `count` weights. */
LAPEL_NOINLINE void lapel_fixed_next(lapel_fixed *d, int8_t *w, lapel_index count)
{
    const int8_t per = (int8_t)(8 >> (d->width >> 1)); /* 8, 4 or 2 weights a byte */

    while (count > 0) {
        const lapel_index bytes = lapel_fixed_whole(d, count);

        if (bytes == 0) {
            *w++ = lapel_fixed_one(d);
            count--;
            continue;
        }
        if (d->width == 4) {
            lapel_fixed_write(w, d, bytes, 4);
        } else if (d->width == 2) {
            lapel_fixed_write(w, d, bytes, 2);
        } else {
            lapel_fixed_write(w, d, bytes, 1);
        }
        d->bits.at += bytes;
        w += bytes * per;
        count = (lapel_index)(count - bytes * per);
    }
}

/* The sum of x times the next `count` weights. */
LAPEL_NOINLINE int32_t lapel_fixed_dot(lapel_fixed *d, const int8_t *x, lapel_index count)
{
    const int8_t per = (int8_t)(8 >> (d->width >> 1));
    int32_t acc = 0;

    while (count > 0) {
        const lapel_index bytes = lapel_fixed_whole(d, count);

        if (bytes == 0) {
            acc += *x++ * lapel_fixed_one(d);
            count--;
            continue;
        }
        if (d->width == 4) {
            acc = lapel_fixed_add(acc, x, d, bytes, 4);
        } else if (d->width == 2) {
            acc = lapel_fixed_add(acc, x, d, bytes, 2);
        } else {
            acc = lapel_fixed_add(acc, x, d, bytes, 1);
        }
        d->bits.at += bytes;
        x += bytes * per;
        count = (lapel_index)(count - bytes * per);
    }
    return acc;
}

#endif
