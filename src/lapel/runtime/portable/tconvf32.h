/* Transposed 2-D convolution, NHWC, float32, gathered: y[n][i][j][o] = clamp(bias[o] + w[o][u][v][c] * x[n][r][s][c] + ...)
 * over the taps (u, v) and cells (r, s) of x with r * stride_h - pad_top + u = i and s * stride_w - pad_left + v = j, in the
 * order u, v, c. */
#ifndef LAPEL_TCONVF32_H
#define LAPEL_TCONVF32_H

#include "dotf32.h"
#include "transposed.h"

typedef struct {
    const LAPEL_ROM float *w;    /* [out_c][kernel_h][kernel_w][in_c] */
    const LAPEL_ROM float *bias; /* [out_c], no -0 */
    lapel_transposed_shape shape;
    float lo;                    /* clamp, lo <= hi */
    float hi;
} lapel_tconvf32_params;

/* y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]; they do not overlap. */
typedef void lapel_tconvf32_fn(float *y, const float *x, const LAPEL_ROM lapel_tconvf32_params *p);
LAPEL_KERNEL lapel_tconvf32_fn lapel_tconvf32;

#endif
