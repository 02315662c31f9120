/* The kernel `dense` of gaps and weights that are not zero, as bytes. */
#ifndef LAPEL_DENSE_CODED_SPARSE_H
#define LAPEL_DENSE_CODED_SPARSE_H

#include "codeddense.h"
#include "sparse.h"

typedef struct {
    lapel_sparse_code code;
    lapel_coded_dense layer;
} lapel_dense_coded_sparse_params;

/* Total. y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense_coded_sparse_fn(int8_t *y, const int8_t *x,
                                         const LAPEL_ROM lapel_dense_coded_sparse_params *p);
LAPEL_KERNEL lapel_dense_coded_sparse_fn lapel_dense_coded_sparse;

#endif
