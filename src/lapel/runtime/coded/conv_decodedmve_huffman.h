/* The kernel `conv` for Helium, of weights that are symbols of a Huffman code, decoded by tables: decoded in
 * blocks of channels. */
#ifndef LAPEL_CONV_DECODEDMVE_HUFFMAN_H
#define LAPEL_CONV_DECODEDMVE_HUFFMAN_H

#include "decoded_mve.h"
#include "huffman32rows.h"

typedef struct {
    lapel_huffman32_code code;
    lapel_conv_mvedecoded_shape layer;
} lapel_conv_decodedmve_huffman_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]; table is apart from y, packed and row. x
 * and y may overlap where there is but one block, as those of the kernel without codes. */
typedef void lapel_conv_decodedmve_huffman_fn(int8_t *y, const int8_t *x,
                                              const LAPEL_ROM lapel_conv_decodedmve_huffman_params *p);
LAPEL_KERNEL lapel_conv_decodedmve_huffman_fn lapel_conv_decodedmve_huffman;

#endif
