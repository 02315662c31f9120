/* Depthwise 2-D convolution, NHWC: output channel o reads input channel o / multiplier only.
 * Blocks: of four channels each as long as there are four, with multiplier 1 over all channels, else over the
 * `multiplier` channels of each input channel; then of one.
 * y[n][i][j][o] = clamp(zero + requantize(bias[o] + sum w[u][v][o] * (x[..][o / multiplier] - x_zero))). */
#ifndef LAPEL_DEPTHWISE_H
#define LAPEL_DEPTHWISE_H

#include "finish.h"
#include "window.h"

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [out_c][kernel_h * kernel_w]: channels in blocks of [kernel_h][kernel_w][4] or,
                                    * the
                                    * rest, of [..][1] */
    const LAPEL_ROM int32_t *bias; /* [out_c], less x_zero * (sum of the channel's weights) */
    const LAPEL_ROM int32_t *mul;  /* [out_c] if per_channel, else [1]; each >= 0 */
    const LAPEL_ROM int8_t *shift; /* as mul; each -31..30; if plain: each <= -2 */
    lapel_index batches;           /* >= 1 */
    lapel_index in_h;              /* >= 1 */
    lapel_index in_w;              /* >= 1 */
    lapel_index in_c;              /* >= 1 */
    lapel_index out_h;      /* >= 1; out_h * stride_h + kernel_h * dilation_h <= 100000000 */
    lapel_index out_w;      /* >= 1; out_w * stride_w + kernel_w * dilation_w <= 100000000 */
    lapel_index out_c;      /* out_c == in_c * multiplier */
    lapel_index multiplier; /* >= 1 */
    lapel_index x_first;    /* 0..out_w; output columns x_first..x_end-1 have all taps of a row inside x:
                             * if x_first < x_end: x_first * stride_w >= pad_left;
                             * if x_first < x_end: (x_end - 1) * stride_w - pad_left + (kernel_w - 1) * dilation_w <
                             * in_w */
    lapel_index x_end;      /* x_first..out_w */
    int16_t kernel_h;       /* >= 1 */
    int16_t kernel_w;       /* >= 1 */
    int16_t stride_h;       /* >= 1 */
    int16_t stride_w;       /* >= 1 */
    int16_t dilation_h;     /* >= 1 */
    int16_t dilation_w;     /* >= 1 */
    int16_t pad_top;
    int16_t pad_left;
    int16_t x_zero;     /* -128..127 */
    int16_t y_zero;     /* -128..127 */
    int8_t lo;          /* clamp, lo <= hi */
    int8_t hi;
    int8_t per_channel; /* 0 or 1 */
    int8_t plain;       /* 0 or 1: every shift is -2 or less; if plain: lo == -128 and hi == 127 */
} lapel_depthwise_params;

/* Total.
 * y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, at most two at a time (families/overlap.py). */
typedef void lapel_depthwise_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_params *p);
LAPEL_KERNEL lapel_depthwise_fn lapel_depthwise;

#endif
