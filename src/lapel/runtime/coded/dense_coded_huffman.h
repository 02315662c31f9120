/* The kernel `dense` of weights that are symbols of a Huffman code. */
#ifndef LAPEL_DENSE_CODED_HUFFMAN_H
#define LAPEL_DENSE_CODED_HUFFMAN_H

#include "codeddense.h"
#include "huffman.h"

typedef struct {
    lapel_huffman_code code;
    lapel_coded_dense layer;
} lapel_dense_coded_huffman_params;

/* Total. y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense_coded_huffman_fn(int8_t *y, const int8_t *x,
                                          const LAPEL_ROM lapel_dense_coded_huffman_params *p);
LAPEL_KERNEL lapel_dense_coded_huffman_fn lapel_dense_coded_huffman;

#endif
