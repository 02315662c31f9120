/* The kernel `conv` for Helium, of weights that are indexes into a code book: decoded in blocks of channels. */
#ifndef LAPEL_CONV_DECODEDMVE_FIXED_H
#define LAPEL_CONV_DECODEDMVE_FIXED_H

#include "decoded_mve.h"
#include "fixedvectors.h"

typedef struct {
    lapel_fixed_code code;
    lapel_conv_mvedecoded_shape layer;
} lapel_conv_decodedmve_fixed_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap where there is but one
 * block, as those of the kernel without codes. */
typedef void lapel_conv_decodedmve_fixed_fn(int8_t *y, const int8_t *x,
                                            const LAPEL_ROM lapel_conv_decodedmve_fixed_params *p);
LAPEL_KERNEL lapel_conv_decodedmve_fixed_fn lapel_conv_decodedmve_fixed;

#endif
