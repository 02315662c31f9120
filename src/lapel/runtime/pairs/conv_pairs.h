/* 2-D convolution as conv.h says it, for cores that multiply words alone: one multiplication makes two products.
 *
 * Two values of x, of two pixels, are a word b 2^16 + a. Times a weight w it is wb 2^16 + wa, and so are sums of it, as
 * long as both sums, A and B, fit 16 bits: for a run of weights with sum |w| <= 255 they do, whatever x is. With 2^15
 * at its start such a sum S is never below B 2^16, so B is S >> 16; A is what all S add up to, less 2^16 times what the
 * B do, modulo 2^32. How long runs are is known from the weights; two of them always fit. */
#ifndef LAPEL_CONV_PAIRS_H
#define LAPEL_CONV_PAIRS_H

#include "finish.h"
#include "wordpixels.h"

typedef struct {
    const LAPEL_ROM int32_t *w;    /* [out_c / 2][taps / 2], four int8: two taps of two channels each */
    const LAPEL_ROM uint8_t *runs; /* [out_c / 2][…], of two taps each: how many are a run; 0 behind a block's last one */
    const LAPEL_ROM int32_t *bias; /* [out_c], less x_zero * (sum of the channel's weights) */
    const LAPEL_ROM int32_t *mul;  /* [out_c] if per_channel, else [1] */
    const LAPEL_ROM int8_t *shift; /* as mul; -31..30 */
    lapel_wordpixels_shape shape;
    int16_t y_zero;                /* -128..127 */
    int8_t lo;                     /* clamp, lo <= hi */
    int8_t hi;
    int8_t per_channel;            /* 0 or 1 */
    int8_t plain;                  /* 1: every shift is -2 or less, lo is -128 and hi is 127 */
} lapel_conv_pairs_params;

/* y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. The windows of four pixels are read before these are
 * written, pixels upwards. */
typedef void lapel_conv_pairs_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_pairs_params *p);
LAPEL_KERNEL lapel_conv_pairs_fn lapel_conv_pairs;

#endif
