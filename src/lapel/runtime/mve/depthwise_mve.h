/* Depthwise 2-D convolution for Helium, NHWC, multiplier 1: as depthwise.h, 16 channels at a time.
 *
 * Weights: [lanes / 16][taps][16], the division rounded up, an even number of taps, padded with zeros; -127..127.
 * Tables: [lanes / 16] of {shift[16] as int8, bias[16], mul[16]}, 144 bytes; shift -31..-1; in the order of channels
 * 0 4 8 12, 2 6 10 14, 1 5 9 13, 3 7 11 15.
 * A lane is a channel; where `fold` neighbouring pixels are computed at once, lane i is channel i % in_c. */
#ifndef LAPEL_DEPTHWISE_MVE_H
#define LAPEL_DEPTHWISE_MVE_H

#include "taps_mve.h"
#include "window.h"

#define LAPEL_DEPTHWISE_MVE_MOST 25  /* taps */
#define LAPEL_DEPTHWISE_MVE_CHUNK 128 /* channels, a multiple of 16, for which there are values x_zero on the stack */

typedef struct {
    const LAPEL_ROM int8_t *w;      /* [up(in_c * fold, 16)][up(kernel_h * kernel_w, 2)] */
    const LAPEL_ROM int32_t *table; /* [up(in_c * fold, 16) / 16][36] */
    lapel_index batches; /* >= 1 */
    lapel_index in_h;    /* >= 1 */
    lapel_index in_w;    /* >= 1 */
    lapel_index in_c;    /* >= 1 */
    lapel_index out_h;   /* >= 1; (out_h * stride_h + kernel_h * dilation_h + pad_top) * in_w * in_c <= 200000000 */
    lapel_index out_w;   /* >= 1; (out_w * stride_w + kernel_w * dilation_w + pad_left) * in_c <= 200000000 */
    lapel_index x_first; /* 0..out_w; output columns x_first..x_end-1 have all taps of a row inside x:
                          * if x_first < x_end: x_first * stride_w >= pad_left;
                          * if x_first < x_end: (x_end - 1) * stride_w - pad_left + (kernel_w - 1) * dilation_w < in_w
                          * */
    lapel_index x_end;   /* x_first..out_w */
    int16_t kernel_h;    /* >= 1; kernel_h * kernel_w <= LAPEL_DEPTHWISE_MVE_MOST */
    int16_t kernel_w;    /* >= 1 */
    int16_t stride_h;    /* >= 1 */
    int16_t stride_w;    /* >= 1 */
    int16_t dilation_h;  /* >= 1 */
    int16_t dilation_w;  /* >= 1 */
    int16_t pad_top;     /* >= 0 */
    int16_t pad_left;    /* >= 0 */
    int16_t x_zero;      /* -128..127 */
    int16_t y_zero;      /* -128..127 */
    int8_t lo;           /* clamp, lo <= hi */
    int8_t hi;
    int8_t fold;         /* >= 1, pixels at once; if fold > 1: stride_w == 1 and in_c * fold <= 16 */
} lapel_depthwise_mve_params;

/* Total. y: [batches][out_h][out_w][in_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, a vector of channels read before it is written (families/overlap.py). */
typedef void lapel_depthwise_mve_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_mve_params *p);
LAPEL_KERNEL lapel_depthwise_mve_fn lapel_depthwise_mve;

#endif
