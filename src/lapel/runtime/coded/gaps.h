/* Weights of which most are zero, as symbols of two Huffman codes: gap, weight, gap, weight, ..; docs/SPEC.md §9. */
#ifndef LAPEL_GAPS_H
#define LAPEL_GAPS_H

#include "huffman.h"

typedef struct {
    lapel_book gap;   /* of bytes: zeros before a weight */
    lapel_book value;
    uint8_t escape;   /* the gap behind which no weight comes, but another gap; >= 1 */
} lapel_gap_books;

typedef struct {
    const LAPEL_ROM uint8_t *codes;      /* [code_bytes]: of weights, channel after channel; docs/SPEC.md §9 */
    const LAPEL_ROM uint8_t *gap_counts; /* counts of gaps: codes of 1, 2, .. bits */
    const LAPEL_ROM int8_t *gaps;        /* the bytes that they stand for, shorter codes first */
    const LAPEL_ROM uint8_t *counts;     /* counts of values: the same of weights */
    const LAPEL_ROM int8_t *values;      /* as gaps */
    lapel_index code_bytes;              /* >= 1 */
    uint8_t escape;                      /* 1..255: the gap behind which another gap comes */
} lapel_gaps_code;

typedef struct {
    lapel_bits bits;
    lapel_gap_books books;
    lapel_index place; /* how many of the weights that were not asked for yet are known to be zero */
    int8_t whole;      /* 1: the next weight is behind them, 0: a gap comes first */
} lapel_gaps;

LAPEL_INLINE lapel_gaps lapel_gaps_from(const LAPEL_ROM lapel_gaps_code *c)
{
    const lapel_gap_books books = {{c->gap_counts, c->gaps}, {c->counts, c->values}, c->escape};
    const lapel_gaps d = {lapel_bits_from(c->codes, c->code_bytes), books, 0, 0};

    return d;
}

/* Whether one of the next `count` weights is not zero: the one at d->place, whose symbol comes next then. */
LAPEL_INLINE int8_t lapel_gaps_seek(lapel_gaps *d, lapel_index count)
{
    while (!d->whole && d->place < count) {
        const uint8_t gap = (uint8_t)lapel_next_symbol(&d->bits, &d->books.gap);

        d->place = (lapel_index)(d->place + gap);
        d->whole = gap != d->books.escape;
    }
    return d->place < count;
}

/* The weight at d->place. */
LAPEL_INLINE int8_t lapel_gaps_take(lapel_gaps *d)
{
    d->place++;
    d->whole = 0;
    return lapel_next_symbol(&d->bits, &d->books.value);
}

/* w: the next `count` weights. */
LAPEL_NOINLINE void lapel_gaps_next(lapel_gaps *d, int8_t *w, lapel_index count)
{
    lapel_gaps own = *d;

    memset(w, 0, (size_t)count);
    while (lapel_gaps_seek(&own, count)) {
        int8_t *const at = w + own.place;

        *at = lapel_gaps_take(&own);
    }
    own.place = (lapel_index)(own.place - count);
    *d = own;
}

/* The sum of x - zero times the next `count` weights. */
LAPEL_NOINLINE int32_t lapel_gaps_dot(lapel_gaps *d, const int8_t *x, lapel_index count, int16_t zero)
{
    lapel_gaps own = *d;
    int32_t acc = 0;

    while (lapel_gaps_seek(&own, count)) {
        const int16_t a = (int16_t)(x[own.place] - zero);

        acc += a * lapel_gaps_take(&own);
    }
    own.place = (lapel_index)(own.place - count);
    *d = own;
    return acc;
}

#endif
