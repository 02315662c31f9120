/* Depthwise 2-D convolution with the instructions of dsp.h: see depthwise.h for what it computes.
 * One weight a channel and tap (multiplier 1), four channels at a time; the last four overlap the four before them
 * where 4 does not divide their number. y = clamp_int8(zero + requantize(acc)), every shift to the right. */
#ifndef LAPEL_DEPTHWISE_DSP_H
#define LAPEL_DEPTHWISE_DSP_H

#include "dsp.h"
#include "window.h"

#define LAPEL_DEPTHWISE_DSP_PIXELS 0 /* any kernel; at most 32 taps if one may be outside x */
#define LAPEL_DEPTHWISE_DSP_STRIPS 1 /* kernel 3 by 3, dilation 1, stride_h 1 or 2, stride_w 1 to 5 */
#define LAPEL_DEPTHWISE_DSP_ROWS 2   /* kernel 1 by 1 to 15, dilation_w 1, stride_w 1 */
#define LAPEL_DEPTHWISE_DSP_TAPS 32
#define LAPEL_DEPTHWISE_DSP_PAIRS 8 /* of the longest kernel of one row */

typedef struct {
    const LAPEL_ROM int8_t *w;     /* as the form wants them: kernels/depthwise_dsp.py */
    const LAPEL_ROM int32_t *bias; /* [channels], less x_zero * (sum of the channel's weights) */
    const LAPEL_ROM int32_t *mul;  /* [channels] */
    const LAPEL_ROM int8_t *right; /* [channels]: 1..22, what is shifted out behind the multiplication */
    lapel_index batches;           /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index out_h;
    lapel_index out_w;
    lapel_index channels; /* >= 4 */
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t dilation_h;
    int16_t dilation_w;
    int16_t pad_top;
    int16_t pad_left;
    int16_t y_zero; /* -128..127 */
    int8_t x_zero;
    int8_t form;    /* LAPEL_DEPTHWISE_DSP_... */
} lapel_depthwise_dsp_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]; they do not overlap. */
typedef void lapel_depthwise_dsp_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_dsp_params *p);
LAPEL_KERNEL lapel_depthwise_dsp_fn lapel_depthwise_dsp;

#endif
