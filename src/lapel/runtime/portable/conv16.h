/* 2-D convolution, NHWC, int16 values and int8 weights: y[n][i][j][o] = clamp(requantize(bias[o] + sum w[o][u][v][c] *
 * x[..])). Taps outside x contribute nothing. `groups` > 1: channel o reads the input channels of its group only. */
#ifndef LAPEL_CONV16_H
#define LAPEL_CONV16_H

#include "dot16.h"
#include "finish16.h"
#include "taps.h"

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [out_c][kernel_h][kernel_w][in_c / groups] */
    const LAPEL_ROM int64_t *bias; /* [out_c] */
    const LAPEL_ROM int32_t *mul;  /* [out_c] if per_channel, else [1] */
    const LAPEL_ROM int8_t *shift; /* as mul; see finish16.h */
    lapel_taps_shape shape;
    int16_t lo;                    /* clamp, lo <= hi */
    int16_t hi;
    int8_t per_channel;            /* 0 or 1 */
    int8_t reduced;                /* 0 or 1 */
} lapel_conv16_params;

/* y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, one at a time (families/overlap.py). */
typedef void lapel_conv16_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_conv16_params *p);
LAPEL_KERNEL lapel_conv16_fn lapel_conv16;

#endif
