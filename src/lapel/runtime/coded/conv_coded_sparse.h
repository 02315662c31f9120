/* The kernel `conv`, of weights that are gaps and weights that are not zero, as bytes: zeros are skipped. */
#ifndef LAPEL_CONV_CODED_SPARSE_H
#define LAPEL_CONV_CODED_SPARSE_H

#include "convsparse.h"
#include "sparserows.h"

typedef struct {
    lapel_sparse_code code;
    lapel_convsparse_shape layer;
} lapel_conv_coded_sparse_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][line]; they do not overlap; list is apart from
 * y. */
typedef void lapel_conv_coded_sparse_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_coded_sparse_params *p);
LAPEL_KERNEL lapel_conv_coded_sparse_fn lapel_conv_coded_sparse;

#endif
