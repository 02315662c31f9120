/* Depthwise 2-D convolution 3 by 3 with the instructions of dsp.h, strip by strip; depthwise.h says what it computes.
 * Multiplier 1, dilation 1, every shift to the right. y = clamp_int8(zero + requantize(acc)). */
#ifndef LAPEL_DEPTHWISE_DSP_STRIPS_H
#define LAPEL_DEPTHWISE_DSP_STRIPS_H

#include "dspscale.h"
#include "window.h"

/* Pairs of words on the stack: a lane's weights and scaling take 6, and each column that its tile sees takes one. */
#define LAPEL_DEPTHWISE_DSP_STRIPS_ROOM 56

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [channels][9]: 3 columns of 3 rows */
    const LAPEL_ROM int32_t *bias; /* [channels], less x_zero * (sum of the channel's weights) */
    const LAPEL_ROM int32_t *mul;  /* [channels] */
    const LAPEL_ROM int8_t *right; /* [channels]; each 1..22, what is shifted out behind the multiplication */
    int16_t batches;               /* >= 1 */
    int16_t in_h;                  /* >= 1 */
    int16_t in_w;                  /* >= 1 */
    int16_t out_h;                 /* >= 1 */
    int16_t out_w;                 /* >= 1 */
    int16_t channels;              /* >= lanes */
    int16_t columns; /* 1..out_w, of y in a tile; those of x, and 6 pairs of words more, have a lane's share of the
                      * room:
                      * (columns - 1) * stride_w + 3 + 6 <= 56 / lanes */
    int8_t lanes;    /* 1, 2 or 4: channels at a time */
    int8_t stride_h; /* 1 or 2 */
    int8_t stride_w; /* >= 1 */
    int8_t pad_top;
    int8_t pad_left;
    int8_t x_zero;
    int8_t y_zero;
    int8_t fixed; /* 0 or 1: 1 if y_zero is -128, right 5..11 and |acc| < 2^(18 + right): a shift by 12 serves all
                   * channels */
} lapel_depthwise_dsp_strips_params;

/* Total.
 * y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may start at the same byte where one
 * tile spans a row and no row of x is read behind the output that overwrites it; else they do not overlap. */
typedef void lapel_depthwise_dsp_strips_fn(int8_t *y, const int8_t *x,
                                           const LAPEL_ROM lapel_depthwise_dsp_strips_params *p);
LAPEL_KERNEL lapel_depthwise_dsp_strips_fn lapel_depthwise_dsp_strips;

#endif
