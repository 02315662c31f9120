/* The kernel `conv` for cores with the DSP extension; no groups; windows too large for the stack, or dilated along a
 * row. A window is a string of kernel_h * kernel_w * in_c values, of which a part at a time is multiplied with the
 * weights of several channels: where it is in x if enough of it lies side by side there, else from a copy. */
#ifndef LAPEL_CONV_DSP_PARTS_H
#define LAPEL_CONV_DSP_PARTS_H

#include "dspdot.h"
#include "finish.h"
#include "window.h"

typedef struct {
    const LAPEL_ROM int32_t *w;    /* packed, dspdot.h: groups of four channels, but biases a, b, c, d */
    const LAPEL_ROM int32_t *mul;  /* [out_c] if per_channel, else [1] */
    const LAPEL_ROM int8_t *shift; /* as mul; -31..30 */
    lapel_index batches;           /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index in_c;
    lapel_index out_h;
    lapel_index out_w;
    lapel_index out_c;
    lapel_index blocks; /* kernel_h * kernel_w * in_c / 4, rounded up */
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t dilation_h;
    int16_t dilation_w;
    int16_t pad_top;
    int16_t pad_left;
    int16_t x_zero;     /* -128..127 */
    int16_t y_zero;     /* -128..127 */
    int8_t lo;          /* clamp, lo <= hi */
    int8_t hi;
    int8_t per_channel; /* 0 or 1 */
    int8_t plain;       /* 1: every shift is -2 or less, lo is -128 and hi is 127 */
} lapel_conv_dsp_parts_params;

/* y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, one at a time (families/overlap.py). */
typedef void lapel_conv_dsp_parts_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_parts_params *p);
LAPEL_KERNEL lapel_conv_dsp_parts_fn lapel_conv_dsp_parts;

#endif
