/* The kernel `conv` for cores with the DSP extension and windows of at most 32 values, whose y has the zero point
 * -128: two pixels and four channels at a time. No groups, no dilation along a row. */
#ifndef LAPEL_CONV_DSP_SHALLOW_H
#define LAPEL_CONV_DSP_SHALLOW_H

#include "dspdot.h"
#include "window.h"

typedef struct {
    const LAPEL_ROM int32_t *w; /* [(out_c + 3) / 4][4 + 4 * (16 - skip) + 8]: of four channels, conv_dsp_shallow.c */
    lapel_index out_c;          /* >= 1 */
    lapel_index skip;           /* 0..15: words of two values that a window has less than 16;
                                 * skip == (32 - kernel_h * kernel_w * in_c) / 2 */
    lapel_index batches;        /* >= 1 */
    lapel_index in_h;           /* >= 1 */
    lapel_index in_w;           /* >= 1 */
    lapel_index out_h;          /* >= 1; out_h * stride_h + kernel_h * dilation_h <= 100000000 */
    lapel_index out_w;          /* >= 1; out_w * stride_w <= 100000000 */
    lapel_index x_first;        /* 0..out_w; output columns x_first..x_end-1 have all taps of a row inside x:
                                 * if x_first < x_end: x_first * stride_w >= pad_left;
                                 * if x_first < x_end: (x_end - 1) * stride_w - pad_left + kernel_w <= in_w */
    lapel_index x_end;          /* x_first..out_w */
    int16_t stride_h;           /* >= 1 */
    int16_t stride_w;           /* >= 1 */
    int16_t dilation_h;         /* >= 1 */
    int16_t pad_top;
    int16_t pad_left;
    int8_t in_c;     /* >= 1; kernel_h * kernel_w * in_c <= 32 */
    int8_t kernel_h; /* >= 1 */
    int8_t kernel_w; /* >= 1 */
    int8_t x_zero;
    int8_t lo;       /* clamp, lo <= hi */
    int8_t hi;
    int8_t clamped;  /* 1: lo..hi is less than int8 */
} lapel_conv_dsp_shallow_params;

/* Total.
 * y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. A window is read before its pixel is written. */
typedef void lapel_conv_dsp_shallow_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_shallow_params *p);
LAPEL_KERNEL lapel_conv_dsp_shallow_fn lapel_conv_dsp_shallow;

#endif
