/* 2-D convolution, NHWC: y[n][i][j][o] = clamp(zero + requantize(bias[o] + sum w[o][u][v][c] * (x[..] - x_zero))).
 * Taps outside x contribute nothing. `groups` > 1: output channel o reads the input channels of its group only. */
#ifndef LAPEL_CONV_H
#define LAPEL_CONV_H

#include "dot.h"
#include "finish.h"
#include "window.h"

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [out_c][kernel_h][kernel_w][in_c / groups] */
    const LAPEL_ROM int32_t *bias; /* [out_c], less x_zero * (sum of the channel's weights) */
    const LAPEL_ROM int32_t *mul;  /* [out_c] if per_channel, else [1] */
    const LAPEL_ROM int8_t *shift; /* as mul; -31..30 */
    int8_t *scratch;               /* the windows of two pixels, if gather */
    lapel_index batches;           /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index in_c;    /* groups * group_in */
    lapel_index out_h;
    lapel_index out_w;
    lapel_index out_c;   /* groups * group_out */
    lapel_index x_first; /* output columns x_first..x_end-1 have all taps of a row inside x */
    lapel_index x_end;   /* x_first..out_w */
    lapel_index groups;
    lapel_index group_in;
    lapel_index group_out;
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
    int8_t gather;      /* 1: windows are gathered; groups, dilation_w == 1, kernel_h * kernel_w * in_c <= 64 */
    int8_t per_channel; /* 0 or 1 */
    int8_t plain;       /* 1: every shift is -2 or less, lo is -128 and hi is 127 */
} lapel_conv_params;

/* y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, at most two at a time (ir/overlap.py). */
typedef void lapel_conv_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_params *p);
LAPEL_KERNEL lapel_conv_fn lapel_conv;

#endif
