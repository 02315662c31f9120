/* Rows of weights that are gaps and weights that are not zero, as symbols of two Huffman codes. */
#ifndef LAPEL_GAPSROWS_H
#define LAPEL_GAPSROWS_H

#include "codedrows.h"
#include "gaps.h"

typedef struct {
    const LAPEL_ROM uint8_t *codes;      /* of w[out_c][kernel_h][kernel_w][in_c]; docs/SPEC.md §9 */
    const LAPEL_ROM uint8_t *gap_counts; /* of codes of 1, 2, .. bits */
    const LAPEL_ROM int8_t *gaps;        /* the bytes that they stand for, shorter codes first */
    const LAPEL_ROM uint8_t *counts;     /* the same of weights */
    const LAPEL_ROM int8_t *values;      /* as gaps */
    lapel_index code_bytes;              /* >= 1 */
    uint8_t escape;                      /* the gap behind which another gap comes */
} lapel_gaps_code;

LAPEL_INLINE lapel_gaps lapel_gaps_rows(const LAPEL_ROM lapel_gaps_code *c)
{
    const lapel_gap_books books = {{c->gap_counts, c->gaps}, {c->counts, c->values}, c->escape};

    return lapel_gaps_from(c->codes, c->code_bytes, books);
}

/* A lapel_next_fn. */
LAPEL_INLINE void lapel_gaps_next_row(void *decoder, int8_t *w, lapel_index count)
{
    lapel_gaps_next((lapel_gaps *)decoder, w, count);
}

#endif
