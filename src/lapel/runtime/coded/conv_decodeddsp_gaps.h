/* The kernel `conv` for cores with the DSP extension, of weights that are gaps and weights that are not zero, as
 * Huffman symbols, decoded by tables: decoded in blocks of channels. */
#ifndef LAPEL_CONV_DECODEDDSP_GAPS_H
#define LAPEL_CONV_DECODEDDSP_GAPS_H

#include "dspdecoded.h"
#include "gaps32rows.h"

typedef struct {
    lapel_gaps32_code code;
    lapel_conv_dspdecoded_shape layer;
} lapel_conv_decodeddsp_gaps_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]; table is apart from y, packed and
 * windows. x and y may overlap where there is but one block, as those of the kernel without codes. */
typedef void lapel_conv_decodeddsp_gaps_fn(int8_t *y, const int8_t *x,
                                           const LAPEL_ROM lapel_conv_decodeddsp_gaps_params *p);
LAPEL_KERNEL lapel_conv_decodeddsp_gaps_fn lapel_conv_decodeddsp_gaps;

#endif
