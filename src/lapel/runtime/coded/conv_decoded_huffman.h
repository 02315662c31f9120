/* The kernel `conv`, of weights that are symbols of a Huffman code: decoded in blocks of channels. */
#ifndef LAPEL_CONV_DECODED_HUFFMAN_H
#define LAPEL_CONV_DECODED_HUFFMAN_H

#include "convdecoded.h"
#include "huffmanrows.h"

typedef struct {
    lapel_huffman_code code;
    lapel_convdecoded_shape layer;
} lapel_conv_decoded_huffman_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap where there is but one
 * block, as those of the kernel without codes. */
typedef void lapel_conv_decoded_huffman_fn(int8_t *y, const int8_t *x,
                                           const LAPEL_ROM lapel_conv_decoded_huffman_params *p);
LAPEL_KERNEL lapel_conv_decoded_huffman_fn lapel_conv_decoded_huffman;

#endif
