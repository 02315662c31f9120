/* Rows of weights that are symbols of a Huffman code, decoded by a table. */
#ifndef LAPEL_HUFFMAN32ROWS_H
#define LAPEL_HUFFMAN32ROWS_H

#include "codedrows.h"
#include "huffman32.h"

typedef struct {
    const LAPEL_ROM uint8_t *codes;  /* of w[out_c][..][in_c]; docs/SPEC.md §9, and LAPEL_STREAM_PADDING bytes */
    const LAPEL_ROM uint8_t *counts; /* of codes of 1, 2, .. bits */
    const LAPEL_ROM int8_t *values;  /* the weights that codes stand for, shorter codes first */
    int16_t *table;                  /* scratch: [LAPEL_BOOK_TABLE] */
    lapel_index code_bytes;          /* >= 1 */
} lapel_huffman32_code;

LAPEL_INLINE lapel_huffman32 lapel_huffman32_rows(const LAPEL_ROM lapel_huffman32_code *c)
{
    const lapel_book book = {c->counts, c->values};

    return lapel_huffman32_from(c->codes, c->code_bytes, book, c->table);
}

/* A lapel_next_fn. */
LAPEL_INLINE void lapel_huffman32_next_row(void *decoder, int8_t *w, lapel_index count)
{
    lapel_huffman32_next((lapel_huffman32 *)decoder, w, count);
}

#endif
