/* 2-D convolution as conv.h says it, for cores that multiply words alone: two multiplications make three products.
 *
 * Values a, b, c of x, of three pixels, are two words: b 2^21 + a, and b 2^10 + c. Times a weight, and summed up modulo
 * 2^32, they are B 2^21 + A and B 2^10 + C, of sums that take 21 bits at most: that needs sum |w| <= 8191. Then A is
 * the first word's lower 21 bits, and what is above them are B's lower 11 bits. Less these, the second word is C and,
 * above 21 bits, what is left of B. More weights than that are summed up in segments. */
#ifndef LAPEL_CONV_PAIRS_THREE_H
#define LAPEL_CONV_PAIRS_THREE_H

#include "wordpixels.h"

typedef struct {
    const LAPEL_ROM int32_t *w;    /* [(out_c + 3) / 4][taps / 2][2], four int8: two taps of two channels each */
    const LAPEL_ROM int32_t *each; /* [up(out_c, 4)][3]: bias less x_zero * (sum of the channel's weights), mul, and
                                    * -2 - shift; each 2 of 3: 0..29 */
    lapel_index segment;           /* 2..taps; the last one may be shorter; segment == up(segment, 2) */
    lapel_wordpixels_shape shape;
    int16_t y_zero;                /* -128..127 */
} lapel_conv_pairs_three_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. The windows of three pixels are read before these
 * are written, pixels upwards. */
typedef void lapel_conv_pairs_three_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_pairs_three_params *p);
LAPEL_KERNEL lapel_conv_pairs_three_fn lapel_conv_pairs_three;

#endif
