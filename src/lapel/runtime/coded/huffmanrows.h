/* Rows of weights that are symbols of a Huffman code. */
#ifndef LAPEL_HUFFMANROWS_H
#define LAPEL_HUFFMANROWS_H

#include "codedrows.h"
#include "huffman.h"

/* A lapel_next_fn. */
LAPEL_INLINE void lapel_huffman_next_row(void *decoder, int8_t *w, lapel_index count)
{
    lapel_huffman_next((lapel_huffman *)decoder, w, count);
}

#endif
