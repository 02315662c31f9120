/* Depthwise 2-D convolution with the instructions of dsp.h: see depthwise.h for what it computes.
 * One weight a channel and tap (multiplier 1), four channels at a time; the last four overlap the four before them
 * where 4 does not divide their number. y = clamp_int8(zero + requantize(acc)), every shift to the right. */
#ifndef LAPEL_DEPTHWISE_DSP_H
#define LAPEL_DEPTHWISE_DSP_H

#include "dspscale.h"
#include "window.h"

#define LAPEL_DEPTHWISE_DSP_TAPS 32 /* at most, if one may be outside x */

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [(channels + 3) / 4][kernel_h][kernel_w][4]: variants/depthwise_dsp.py */
    const LAPEL_ROM int32_t *bias; /* [channels], less x_zero * (sum of the channel's weights) */
    const LAPEL_ROM int32_t *mul;  /* [channels] */
    const LAPEL_ROM int8_t *right; /* [channels]; each 1..22, what is shifted out behind the multiplication */
    int16_t batches;               /* >= 1 */
    int16_t in_h;                  /* >= 1 */
    int16_t in_w;                  /* >= 1 */
    int16_t out_h;                 /* >= 1 */
    int16_t out_w;                 /* >= 1 */
    int16_t channels;              /* >= 4 */
    int8_t kernel_h;               /* >= 1; kernel_h * kernel_w <= LAPEL_DEPTHWISE_DSP_TAPS */
    int8_t kernel_w;               /* >= 1 */
    int8_t stride_h;               /* >= 1 */
    int8_t stride_w;               /* >= 1 */
    int8_t dilation_h;             /* >= 1 */
    int8_t dilation_w;             /* >= 1 */
    int8_t pad_top;
    int8_t pad_left;
    int8_t x_zero;
    int8_t y_zero;
} lapel_depthwise_dsp_params;

/* Total.
 * y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the planner computes
 * from the order: pixels upwards, one at a time (families/overlap.py). */
typedef void lapel_depthwise_dsp_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_dsp_params *p);
LAPEL_KERNEL lapel_depthwise_dsp_fn lapel_depthwise_dsp;

#endif
