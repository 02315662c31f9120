/* Symbols of two Huffman codes, gap, weight, gap, weight, .., by tables, on cores that read words at any address. */
#ifndef LAPEL_GAPS32_H
#define LAPEL_GAPS32_H

#include "gaps.h"
#include "huffman32.h"

typedef struct {
    const LAPEL_ROM uint8_t *codes;      /* [code_bytes + LAPEL_STREAM_PADDING]: of weights; docs/SPEC.md §9 */
    const LAPEL_ROM uint8_t *gap_counts; /* counts of gaps: codes of 1, 2, .. bits */
    const LAPEL_ROM int8_t *gaps;        /* the bytes that they stand for, shorter codes first */
    const LAPEL_ROM uint8_t *counts;     /* counts of values: the same of weights */
    const LAPEL_ROM int8_t *values;      /* as gaps */
    int16_t *table;                      /* [2 * LAPEL_BOOK_TABLE]: scratch */
    lapel_index code_bytes;              /* >= 1 */
    uint8_t escape;                      /* 1..255: the gap behind which another gap comes */
} lapel_gaps32_code;

typedef struct {
    lapel_bits32 bits;
    lapel_book32 gap;
    lapel_book32 value;
    lapel_index place; /* how many of the weights that were not asked for yet are known to be zero */
    uint8_t escape;    /* the gap behind which no weight comes, but another gap; >= 1 */
    int8_t whole;      /* 1: the next weight is behind them, 0: a gap comes first */
} lapel_gaps32;

/* c->table is written here. */
LAPEL_INLINE lapel_gaps32 lapel_gaps32_from(const LAPEL_ROM lapel_gaps32_code *c)
{
    const lapel_book gap = {c->gap_counts, c->gaps}, value = {c->counts, c->values};
    const lapel_gaps32 d = {lapel_bits32_from(c->codes, c->code_bytes),
                            lapel_book32_from(c->table, gap),
                            lapel_book32_from(c->table + LAPEL_BOOK_TABLE, value),
                            0,
                            c->escape,
                            0};

    return d;
}

/* Whether one of the next `count` weights is not zero: the one at d->place, whose symbol `word` begins with then. */
LAPEL_FORCE_INLINE int32_t lapel_gaps32_seek(lapel_gaps32 *d, uint32_t *word, lapel_index count)
{
    while (!d->whole && d->place < count) {
        const uint8_t gap = (uint8_t)lapel_next_of_word(word, &d->bits, &d->gap);

        d->place += gap;
        d->whole = gap != d->escape;
        if (!d->whole) {
            *word = lapel_bits32_read(&d->bits);
        }
    }
    return d->place < count;
}

/* The weight at d->place. */
LAPEL_FORCE_INLINE int32_t lapel_gaps32_take(lapel_gaps32 *d, uint32_t *word)
{
    const int32_t value = lapel_next_of_word(word, &d->bits, &d->value);

    d->place++;
    d->whole = 0;
    *word = lapel_bits32_read(&d->bits);
    return value;
}

/* w: the next `count` weights. */
LAPEL_NOINLINE void lapel_gaps32_next(lapel_gaps32 *d, int8_t *w, lapel_index count)
{
    lapel_gaps32 own = *d;
    uint32_t word = lapel_bits32_read(&own.bits);

    memset(w, 0, (size_t)count);
    while (lapel_gaps32_seek(&own, &word, count)) {
        int8_t *const at = w + own.place;

        *at = (int8_t)lapel_gaps32_take(&own, &word);
    }
    own.place -= count;
    *d = own;
}

/* The sum of x - zero times the next `count` weights. */
LAPEL_NOINLINE int32_t lapel_gaps32_dot(lapel_gaps32 *d, const int8_t *x, lapel_index count, int16_t zero)
{
    lapel_gaps32 own = *d;
    uint32_t word = lapel_bits32_read(&own.bits);
    int32_t acc = 0;

    while (lapel_gaps32_seek(&own, &word, count)) {
        const int32_t a = x[own.place] - zero;

        acc += a * lapel_gaps32_take(&own, &word);
    }
    own.place -= count;
    *d = own;
    return acc;
}

#endif
