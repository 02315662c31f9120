/* The kernel `dense` of weights that are symbols of a Huffman code, decoded by a table. */
#ifndef LAPEL_DENSE_CODED32_HUFFMAN_H
#define LAPEL_DENSE_CODED32_HUFFMAN_H

#include "codeddense.h"
#include "huffman32.h"

typedef struct {
    lapel_huffman32_code code;
    lapel_coded_dense layer;
} lapel_dense_coded32_huffman_params;

/* Total. y: [batches][outputs]; x: [batches][inputs]; they do not overlap; table is apart from y. */
typedef void lapel_dense_coded32_huffman_fn(int8_t *y, const int8_t *x,
                                            const LAPEL_ROM lapel_dense_coded32_huffman_params *p);
LAPEL_KERNEL lapel_dense_coded32_huffman_fn lapel_dense_coded32_huffman;

#endif
