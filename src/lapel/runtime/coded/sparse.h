/* Weights of which most are zero, as bytes: a gap, then weights, each with the gap behind it; docs/SPEC.md §9. */
#ifndef LAPEL_SPARSE_H
#define LAPEL_SPARSE_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint8_t *codes; /* [code_bytes]: of weights, channel after channel; docs/SPEC.md §9 */
    lapel_index code_bytes;         /* >= 1; code_bytes == 2 * (code_bytes / 2) + 1: one, and two for each weight */
} lapel_sparse_code;

typedef struct {
    const LAPEL_ROM uint8_t *at;  /* the next weight */
    const LAPEL_ROM uint8_t *end; /* behind the last gap */
    lapel_index place;            /* of the next weight, among those that were not asked for yet */
} lapel_sparse;

LAPEL_INLINE lapel_sparse lapel_sparse_from(const LAPEL_ROM lapel_sparse_code *c)
{
    const lapel_sparse d = {c->codes + 1, c->codes + c->code_bytes, c->codes[0]};

    return d;
}

/* `at` is the next weight, at `place` of `count`: the next ones come behind these. */
LAPEL_INLINE void lapel_sparse_pass(lapel_sparse *d, const LAPEL_ROM uint8_t *at, lapel_index place, lapel_index count)
{
    d->at = at;
    d->place = (lapel_index)(at != d->end ? place - count : 0);
}

/* w: the next `count` weights. */
LAPEL_NOINLINE void lapel_sparse_next(lapel_sparse *d, int8_t *w, lapel_index count)
{
    const LAPEL_ROM uint8_t *at = d->at, *const end = d->end;
    lapel_index place = d->place;

    memset(w, 0, (size_t)count);
    while (place < count && at != end) {
        w[place] = (int8_t)at[0];
        place = (lapel_index)(place + 1 + at[1]);
        at += 2;
    }
    lapel_sparse_pass(d, at, place, count);
}

/* The sum of x - zero times the next `count` weights. */
LAPEL_NOINLINE int32_t lapel_sparse_dot(lapel_sparse *d, const int8_t *x, lapel_index count, int16_t zero)
{
    const LAPEL_ROM uint8_t *at = d->at, *const end = d->end;
    lapel_index place = d->place;
    int32_t acc = 0;

    while (place < count && at != end) {
        acc += (x[place] - zero) * (int8_t)at[0];
        place = (lapel_index)(place + 1 + at[1]);
        at += 2;
    }
    lapel_sparse_pass(d, at, place, count);
    return acc;
}

#endif
