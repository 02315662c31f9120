/* Depthwise 2-D convolution, NHWC, float32: output channel o reads input channel o / multiplier.
 * y[n][i][j][o] = clamp(bias[o] + w[u][v][o] * x[..][o / multiplier] + ...), taps added in the order u, v; those outside x
 * contribute nothing. */
#ifndef LAPEL_DEPTHWISEF32_H
#define LAPEL_DEPTHWISEF32_H

#include "floats.h"
#include "window.h"

typedef struct {
    const LAPEL_ROM float *w;    /* [kernel_h][kernel_w][out_c] */
    const LAPEL_ROM float *bias; /* [out_c], no -0 */
    lapel_index batches;         /* >= 1 */
    lapel_index in_h;  /* >= 1 */
    lapel_index in_w;  /* >= 1 */
    lapel_index in_c;  /* >= 1 */
    lapel_index out_h;  /* >= 1; out_h * stride_h + kernel_h * dilation_h <= 100000000 */
    lapel_index out_w;  /* >= 1; out_w * stride_w + kernel_w * dilation_w <= 100000000 */
    lapel_index out_c;      /* out_c == in_c * multiplier */
    lapel_index multiplier; /* >= 1 */
    float lo;               /* clamp, lo <= hi */
    float hi;
    int16_t kernel_h;  /* >= 1 */
    int16_t kernel_w;  /* >= 1 */
    int16_t stride_h;  /* >= 1 */
    int16_t stride_w;  /* >= 1 */
    int16_t dilation_h;  /* >= 1 */
    int16_t dilation_w;  /* >= 1 */
    int16_t pad_top;
    int16_t pad_left;
} lapel_depthwisef32_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, one at a time (families/overlap.py). */
typedef void lapel_depthwisef32_fn(float *y, const float *x, const LAPEL_ROM lapel_depthwisef32_params *p);
LAPEL_KERNEL lapel_depthwisef32_fn lapel_depthwisef32;

#endif
