/* The kernel `conv` for cores with the DSP extension, of weights that are gaps and weights that are not zero, as
 * bytes: decoded in blocks of channels. */
#ifndef LAPEL_CONV_DECODEDDSP_SPARSE_H
#define LAPEL_CONV_DECODEDDSP_SPARSE_H

#include "dspdecoded.h"
#include "sparserows.h"

typedef struct {
    lapel_sparse_code code;
    lapel_conv_dspdecoded_shape layer;
} lapel_conv_decodeddsp_sparse_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap where there is but one
 * block, as those of the kernel without codes. */
typedef void lapel_conv_decodeddsp_sparse_fn(int8_t *y, const int8_t *x,
                                             const LAPEL_ROM lapel_conv_decodeddsp_sparse_params *p);
LAPEL_KERNEL lapel_conv_decodeddsp_sparse_fn lapel_conv_decodeddsp_sparse;

#endif
