/* Rows of weights that are symbols of a Huffman code, decoded by a table. */
#ifndef LAPEL_HUFFMAN32ROWS_H
#define LAPEL_HUFFMAN32ROWS_H

#include "codedrows.h"
#include "huffman32.h"

/* A lapel_next_fn. */
LAPEL_INLINE void lapel_huffman32_next_row(void *decoder, int8_t *w, lapel_index count)
{
    lapel_huffman32_next((lapel_huffman32 *)decoder, w, count);
}

#endif
