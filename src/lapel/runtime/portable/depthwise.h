/* Depthwise 2-D convolution, NHWC: output channel o reads input channel o / multiplier only.
 * Blocks: of four channels each as long as there are four, with multiplier 1 over all channels, else over the
 * `multiplier` channels of each input channel; then of one.
 * y[n][i][j][o] = clamp(zero + requantize(bias[o] + sum w[u][v][o] * (x[..][o / multiplier] - x_zero))). */
#ifndef LAPEL_DEPTHWISE_H
#define LAPEL_DEPTHWISE_H

#include "finish.h"
#include "window.h"

typedef struct {
    const LAPEL_ROM int8_t *w;     /* the channels in blocks, [kernel_h][kernel_w][4] or, for the rest, [..][1] */
    const LAPEL_ROM int32_t *bias; /* [out_c], less x_zero * (sum of the channel's weights) */
    const LAPEL_ROM int32_t *mul;  /* [out_c] if per_channel, else [1] */
    const LAPEL_ROM int8_t *shift; /* as mul; -31..30 */
    lapel_index batches;           /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index in_c;
    lapel_index out_h;
    lapel_index out_w;
    lapel_index out_c;      /* in_c * multiplier */
    lapel_index multiplier; /* >= 1 */
    lapel_index x_first;    /* output columns x_first..x_end-1 have all taps of a row inside x */
    lapel_index x_end;      /* x_first..out_w */
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t dilation_h;
    int16_t dilation_w;
    int16_t pad_top;
    int16_t pad_left;
    int16_t x_zero;     /* -128..127 */
    int16_t y_zero;     /* -128..127 */
    int8_t lo;          /* clamp, lo <= hi */
    int8_t hi;
    int8_t per_channel; /* 0 or 1 */
    int8_t plain;       /* 1: every shift is -2 or less, lo is -128 and hi is 127 */
} lapel_depthwise_params;

/* y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, at most two at a time (families/overlap.py). */
typedef void lapel_depthwise_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_params *p);
LAPEL_KERNEL lapel_depthwise_fn lapel_depthwise;

#endif
