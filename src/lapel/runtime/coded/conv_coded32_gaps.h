/* The kernel `conv`, of weights that are gaps and weights that are not zero, as Huffman symbols, decoded by
 * tables: zeros are skipped. */
#ifndef LAPEL_CONV_CODED32_GAPS_H
#define LAPEL_CONV_CODED32_GAPS_H

#include "convsparse.h"
#include "gaps32rows.h"

typedef struct {
    lapel_gaps32_code code;
    lapel_convsparse_shape layer;
} lapel_conv_coded32_gaps_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][line]; they do not overlap; table is apart from
 * y and list; list is apart from y. */
typedef void lapel_conv_coded32_gaps_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_coded32_gaps_params *p);
LAPEL_KERNEL lapel_conv_coded32_gaps_fn lapel_conv_coded32_gaps;

#endif
