/* 2-D convolution, NHWC, float32: y[n][i][j][o] = clamp(bias[o] + w[o][u][v][c] * x[..] + ...), taps added in the order
 * u, v, c. Taps outside x contribute nothing. `groups` > 1: channel o reads the input channels of its group only. */
#ifndef LAPEL_CONVF32_H
#define LAPEL_CONVF32_H

#include "dotf32.h"
#include "taps.h"

typedef struct {
    const LAPEL_ROM float *w;    /* [out_c][kernel_h][kernel_w][group_in] */
    const LAPEL_ROM float *bias; /* [out_c], no -0 */
    lapel_taps_shape shape;
    float lo;                    /* clamp, lo <= hi */
    float hi;
} lapel_convf32_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, one at a time (families/overlap.py). */
typedef void lapel_convf32_fn(float *y, const float *x, const LAPEL_ROM lapel_convf32_params *p);
LAPEL_KERNEL lapel_convf32_fn lapel_convf32;

#endif
