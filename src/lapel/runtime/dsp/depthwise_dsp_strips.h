/* Depthwise 2-D convolution 3 by 3 with the instructions of dsp.h, strip by strip; depthwise.h says what it computes.
 * Multiplier 1, dilation 1, every shift to the right. y = clamp_int8(zero + requantize(acc)). */
#ifndef LAPEL_DEPTHWISE_DSP_STRIPS_H
#define LAPEL_DEPTHWISE_DSP_STRIPS_H

#include "dspscale.h"
#include "window.h"

/* Pairs of words on the stack: a lane's weights and scaling take 6, and each column that its tile sees takes one. */
#define LAPEL_DEPTHWISE_DSP_STRIPS_ROOM 56

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [channels][3 columns][3 rows] */
    const LAPEL_ROM int32_t *bias; /* [channels], less x_zero * (sum of the channel's weights) */
    const LAPEL_ROM int32_t *mul;  /* [channels] */
    const LAPEL_ROM int8_t *right; /* [channels]: 1..22, what is shifted out behind the multiplication */
    int16_t batches;               /* >= 1, as all sizes below */
    int16_t in_h;
    int16_t in_w;
    int16_t out_h;
    int16_t out_w;
    int16_t channels;
    int16_t columns; /* of y in a tile: (columns - 1) * stride_w + 3 pairs and 6 for each lane have room */
    int8_t lanes;    /* channels at a time: 1, 2 or 4, of which each has its share of the room */
    int8_t stride_h; /* 1 or 2 */
    int8_t stride_w;
    int8_t pad_top;
    int8_t pad_left;
    int8_t x_zero;
    int8_t y_zero;
    int8_t fixed; /* 1 if y_zero is -128, right 5..11 and |acc| < 2^(18 + right): a shift by 12 serves all channels */
} lapel_depthwise_dsp_strips_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may start at the same byte where one
 * tile spans a row and no row of x is read behind the output that overwrites it; else they do not overlap. */
typedef void lapel_depthwise_dsp_strips_fn(int8_t *y, const int8_t *x,
                                           const LAPEL_ROM lapel_depthwise_dsp_strips_params *p);
LAPEL_KERNEL lapel_depthwise_dsp_strips_fn lapel_depthwise_dsp_strips;

#endif
