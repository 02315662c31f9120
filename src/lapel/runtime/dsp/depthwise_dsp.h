/* Depthwise 2-D convolution with the instructions of dsp.h: see depthwise.h for what it computes.
 * One weight a channel and tap (multiplier 1), four channels at a time; the last four overlap the four before them
 * where 4 does not divide their number. y = clamp_int8(zero + requantize(acc)), every shift to the right. */
#ifndef LAPEL_DEPTHWISE_DSP_H
#define LAPEL_DEPTHWISE_DSP_H

#include "dspscale.h"
#include "window.h"

#define LAPEL_DEPTHWISE_DSP_TAPS 32 /* at most, if one may be outside x */

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [blocks][kernel_h][kernel_w][4]: variants/depthwise_dsp.py */
    const LAPEL_ROM int32_t *bias; /* [channels], less x_zero * (sum of the channel's weights) */
    const LAPEL_ROM int32_t *mul;  /* [channels] */
    const LAPEL_ROM int8_t *right; /* [channels]: 1..22, what is shifted out behind the multiplication */
    int16_t batches;               /* >= 1, as all sizes below */
    int16_t in_h;
    int16_t in_w;
    int16_t out_h;
    int16_t out_w;
    int16_t channels; /* >= 4 */
    int8_t kernel_h;
    int8_t kernel_w;
    int8_t stride_h;
    int8_t stride_w;
    int8_t dilation_h;
    int8_t dilation_w;
    int8_t pad_top;
    int8_t pad_left;
    int8_t x_zero;
    int8_t y_zero;
} lapel_depthwise_dsp_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the planner computes from
 * the order: pixels upwards, one at a time (families/overlap.py). */
typedef void lapel_depthwise_dsp_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_dsp_params *p);
LAPEL_KERNEL lapel_depthwise_dsp_fn lapel_depthwise_dsp;

#endif
