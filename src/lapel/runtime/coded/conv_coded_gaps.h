/* The kernel `conv`, of weights that are gaps and weights that are not zero, as Huffman symbols: zeros are
 * skipped. */
#ifndef LAPEL_CONV_CODED_GAPS_H
#define LAPEL_CONV_CODED_GAPS_H

#include "convsparse.h"
#include "gapsrows.h"

typedef struct {
    lapel_gaps_code code;
    lapel_convsparse_shape layer;
} lapel_conv_coded_gaps_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][line]; they do not overlap; list is apart from
 * y. */
typedef void lapel_conv_coded_gaps_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_coded_gaps_params *p);
LAPEL_KERNEL lapel_conv_coded_gaps_fn lapel_conv_coded_gaps;

#endif
