/* The kernel `conv` for cores with the DSP extension and windows of at most 32 values, whose y has the zero point
 * -128: two pixels and four channels at a time. No groups, no dilation along a row. */
#ifndef LAPEL_CONV_DSP_SHALLOW_H
#define LAPEL_CONV_DSP_SHALLOW_H

#include "dspdot.h"
#include "window.h"

typedef struct {
    const LAPEL_ROM int32_t *w; /* what four channels need, one after the other: see conv_dsp_shallow.c */
    lapel_index out_c;          /* >= 1, as all sizes */
    lapel_index skip;           /* 0..15: words of two values that a window has less than 16 */
    lapel_index batches;
    lapel_index in_h;
    lapel_index in_w;
    lapel_index out_h;
    lapel_index out_w;
    lapel_index x_first; /* output columns x_first..x_end-1 have all taps of a row inside x */
    lapel_index x_end;
    int16_t stride_h;
    int16_t stride_w;
    int16_t dilation_h;
    int16_t pad_top;
    int16_t pad_left;
    int8_t in_c;     /* kernel_h * kernel_w * in_c <= 32 */
    int8_t kernel_h;
    int8_t kernel_w;
    int8_t x_zero;
    int8_t lo;       /* clamp, lo <= hi */
    int8_t hi;
    int8_t clamped;  /* 1: lo..hi is less than int8 */
} lapel_conv_dsp_shallow_params;

/* y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. A window is read before its pixel is written. */
typedef void lapel_conv_dsp_shallow_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_shallow_params *p);
LAPEL_KERNEL lapel_conv_dsp_shallow_fn lapel_conv_dsp_shallow;

#endif
