/* 2-D convolution, NHWC: y[n][i][j][o] = clamp(zero + requantize(bias[o] + sum w[o][u][v][c] * (x[..] - x_zero))).
 * Taps outside x contribute nothing. `groups` > 1: output channel o reads the input channels of its group only. */
#ifndef LAPEL_CONV_H
#define LAPEL_CONV_H

#include "convpixels.h"

typedef struct {
    lapel_conv_shape shape;        /* first: its address costs nothing */
    const LAPEL_ROM int8_t *w;     /* [out_c][kernel_h][kernel_w][group_in] */
    const LAPEL_ROM int32_t *bias; /* [out_c], less x_zero * (sum of the channel's weights) */
    const LAPEL_ROM int32_t *mul;  /* [out_c] if per_channel, else [1]; each >= 0 */
    const LAPEL_ROM int8_t *shift; /* as mul; each -31..30; if plain: each <= -2 */
    lapel_index group_out; /* out_c == groups * group_out */
    int16_t y_zero;     /* -128..127 */
    int8_t lo;          /* clamp, lo <= hi */
    int8_t hi;
    int8_t per_channel; /* 0 or 1 */
    int8_t plain;       /* 0 or 1: every shift is -2 or less; if plain: lo == -128 and hi == 127 */
} lapel_conv_params;

/* Total.
 * y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, at most two at a time (families/overlap.py). */
typedef void lapel_conv_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_params *p);
LAPEL_KERNEL lapel_conv_fn lapel_conv;

#endif
