/* Rows of weights that are symbols of a Huffman code. */
#ifndef LAPEL_HUFFMANROWS_H
#define LAPEL_HUFFMANROWS_H

#include "codedrows.h"
#include "huffman.h"

typedef struct {
    const LAPEL_ROM uint8_t *codes;  /* of w[out_c][kernel_h][kernel_w][in_c]; docs/SPEC.md §9 */
    const LAPEL_ROM uint8_t *counts; /* of codes of 1, 2, .. bits */
    const LAPEL_ROM int8_t *values;  /* the weights that codes stand for, shorter codes first */
    lapel_index code_bytes;          /* >= 1 */
} lapel_huffman_code;

LAPEL_INLINE lapel_huffman lapel_huffman_rows(const LAPEL_ROM lapel_huffman_code *c)
{
    const lapel_book book = {c->counts, c->values};

    return lapel_huffman_from(c->codes, c->code_bytes, book);
}

/* A lapel_next_fn. */
LAPEL_INLINE void lapel_huffman_next_row(void *decoder, int8_t *w, lapel_index count)
{
    lapel_huffman_next((lapel_huffman *)decoder, w, count);
}

#endif
