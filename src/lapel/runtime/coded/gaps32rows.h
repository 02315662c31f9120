/* Rows of weights that are gaps and weights that are not zero, as symbols of two Huffman codes, decoded by tables. */
#ifndef LAPEL_GAPS32ROWS_H
#define LAPEL_GAPS32ROWS_H

#include "codedrows.h"
#include "gaps32.h"

typedef struct {
    const LAPEL_ROM uint8_t *codes;      /* of w[out_c][..][in_c]; docs/SPEC.md §9, and LAPEL_STREAM_PADDING bytes */
    const LAPEL_ROM uint8_t *gap_counts; /* of codes of 1, 2, .. bits */
    const LAPEL_ROM int8_t *gaps;        /* the bytes that they stand for, shorter codes first */
    const LAPEL_ROM uint8_t *counts;     /* the same of weights */
    const LAPEL_ROM int8_t *values;      /* as gaps */
    int16_t *table;                      /* scratch: [2 * LAPEL_BOOK_TABLE] */
    lapel_index code_bytes;              /* >= 1 */
    uint8_t escape;                      /* the gap behind which another gap comes */
} lapel_gaps32_code;

LAPEL_INLINE lapel_gaps32 lapel_gaps32_rows(const LAPEL_ROM lapel_gaps32_code *c)
{
    const lapel_gap_books books = {{c->gap_counts, c->gaps}, {c->counts, c->values}, c->escape};

    return lapel_gaps32_from(c->codes, c->code_bytes, books, c->table);
}

/* A lapel_next_fn. */
LAPEL_INLINE void lapel_gaps32_next_row(void *decoder, int8_t *w, lapel_index count)
{
    lapel_gaps32_next((lapel_gaps32 *)decoder, w, count);
}

#endif
