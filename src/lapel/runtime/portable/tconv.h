/* Transposed 2-D convolution, NHWC, gathered: y[n][i][j][o] = clamp(zero + requantize(bias[o] + sum w[o][u][v][c] *
 * (x[n][r][s][c] - x_zero))) over the taps (u, v) and cells (r, s) of x with r * stride_h - pad_top + u = i and
 * s * stride_w - pad_left + v = j. */
#ifndef LAPEL_TCONV_H
#define LAPEL_TCONV_H

#include "finish.h"
#include "transposed.h"

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [out_c][kernel_h][kernel_w][in_c] */
    const LAPEL_ROM int32_t *bias; /* [out_c] */
    const LAPEL_ROM int32_t *mul;  /* [out_c] if per_channel, else [1] */
    const LAPEL_ROM int8_t *shift; /* as mul; -31..30 */
    lapel_transposed_shape shape;
    int16_t x_zero;                /* -128..127 */
    int16_t y_zero;                /* -128..127 */
    int8_t lo;                     /* clamp, lo <= hi */
    int8_t hi;
    int8_t per_channel;            /* 0 or 1 */
    int8_t plain;                  /* 1: every shift is -2 or less, lo is -128 and hi is 127 */
} lapel_tconv_params;

/* y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]; they do not overlap. */
typedef void lapel_tconv_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_tconv_params *p);
LAPEL_KERNEL lapel_tconv_fn lapel_tconv;

#endif
