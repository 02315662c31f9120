/* Transposed 2-D convolution, NHWC, int16 values and int8 weights, gathered: y[n][i][j][o] = clamp(requantize(bias[o] +
 * sum w[o][u][v][c] * x[n][r][s][c])) over the taps (u, v) and cells (r, s) of x with r * stride_h - pad_top + u = i and
 * s * stride_w - pad_left + v = j. */
#ifndef LAPEL_TCONV16_H
#define LAPEL_TCONV16_H

#include "dot16.h"
#include "finish16.h"
#include "transposed.h"

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [out_c][kernel_h][kernel_w][in_c] */
    const LAPEL_ROM int64_t *bias; /* [out_c] */
    const LAPEL_ROM int32_t *mul;  /* [out_c] if per_channel, else [1] */
    const LAPEL_ROM int8_t *shift; /* as mul; see finish16.h */
    lapel_transposed_shape shape;
    int16_t lo;                    /* clamp, lo <= hi */
    int16_t hi;
    int8_t per_channel;            /* 0 or 1 */
    int8_t reduced;                /* 0 or 1 */
} lapel_tconv16_params;

/* y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]; they do not overlap. */
typedef void lapel_tconv16_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_tconv16_params *p);
LAPEL_KERNEL lapel_tconv16_fn lapel_tconv16;

#endif
