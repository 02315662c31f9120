/* The kernel `dense` of gaps and weights that are not zero, as symbols of two Huffman codes. */
#ifndef LAPEL_DENSE_CODED_GAPS_H
#define LAPEL_DENSE_CODED_GAPS_H

#include "codeddense.h"
#include "gaps.h"

typedef struct {
    lapel_gaps_code code;
    lapel_coded_dense layer;
} lapel_dense_coded_gaps_params;

/* Total. y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense_coded_gaps_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_coded_gaps_params *p);
LAPEL_KERNEL lapel_dense_coded_gaps_fn lapel_dense_coded_gaps;

#endif
