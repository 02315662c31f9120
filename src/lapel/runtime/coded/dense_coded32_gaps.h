/* The kernel `dense` of gaps and weights that are not zero, as symbols of two Huffman codes, decoded by tables. */
#ifndef LAPEL_DENSE_CODED32_GAPS_H
#define LAPEL_DENSE_CODED32_GAPS_H

#include "codeddense.h"
#include "gaps32.h"

typedef struct {
    lapel_gaps32_code code;
    lapel_coded_dense layer;
} lapel_dense_coded32_gaps_params;

/* Total. y: [batches][outputs]; x: [batches][inputs]; they do not overlap; table is apart from y. */
typedef void lapel_dense_coded32_gaps_fn(int8_t *y, const int8_t *x,
                                         const LAPEL_ROM lapel_dense_coded32_gaps_params *p);
LAPEL_KERNEL lapel_dense_coded32_gaps_fn lapel_dense_coded32_gaps;

#endif
