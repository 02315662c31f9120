/* The kernel `conv` for cores with the DSP extension, of weights that are symbols of a Huffman code, decoded by
 * tables: decoded in blocks of channels. */
#ifndef LAPEL_CONV_DECODEDDSP_HUFFMAN_H
#define LAPEL_CONV_DECODEDDSP_HUFFMAN_H

#include "dspdecoded.h"
#include "huffman32rows.h"

typedef struct {
    lapel_huffman32_code code;
    lapel_conv_dspdecoded_shape layer;
} lapel_conv_decodeddsp_huffman_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]; table is apart from y, packed and
 * windows. x and y may overlap where there is but one block, as those of the kernel without codes. */
typedef void lapel_conv_decodeddsp_huffman_fn(int8_t *y, const int8_t *x,
                                              const LAPEL_ROM lapel_conv_decodeddsp_huffman_params *p);
LAPEL_KERNEL lapel_conv_decodeddsp_huffman_fn lapel_conv_decodeddsp_huffman;

#endif
