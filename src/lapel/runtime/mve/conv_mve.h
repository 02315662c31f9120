/* 2-D convolution for Helium, NHWC, one group: as conv.h. */
#ifndef LAPEL_CONV_MVE_H
#define LAPEL_CONV_MVE_H

#include "copy_mve.h"
#include "dot_mve.h"
#include "window.h"

#define LAPEL_CONV_MVE_WINDOWS 224 /* bytes of gathered windows, each a multiple of 16 */
#define LAPEL_CONV_MVE_ROWS 7      /* of kernels whose windows are read in place */
#define LAPEL_CONV_MVE_SHORT 2     /* direct: a window is one run of 1..16 values */

typedef struct {
    const LAPEL_ROM int32_t *w; /* see dot_mve.h; direct: kernel_h rows, else one of kernel_h * kernel_w * in_c */
    lapel_index batches;        /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index in_c;
    lapel_index out_h;
    lapel_index out_w;
    lapel_index out_c;
    lapel_index x_first; /* output columns x_first..x_end-1 have all taps of a row inside x */
    lapel_index x_end;   /* x_first..out_w */
    int16_t kernel_h;    /* direct: 1..LAPEL_CONV_MVE_ROWS */
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t dilation_h;
    int16_t dilation_w; /* direct: 1, unless kernel_w is */
    int16_t pad_top;
    int16_t pad_left;
    int16_t x_zero;     /* -128..127 */
    int16_t y_zero;     /* -128..127 */
    int8_t lo;          /* clamp, lo <= hi */
    int8_t hi;
    int8_t direct;  /* 0: windows are gathered, else read in place. If taps are outside x, in_c is a multiple of 16 */
    int8_t windows; /* gathered at a time, 1 or an even number: so many fit into .._WINDOWS */
} lapel_conv_mve_params;

/* y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, two at a time, or all that are gathered read before one is written (ir/overlap.py). */
typedef void lapel_conv_mve_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_mve_params *p);
LAPEL_KERNEL lapel_conv_mve_fn lapel_conv_mve;

#endif
