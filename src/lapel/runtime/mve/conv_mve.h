/* 2-D convolution for Helium, NHWC, one group: as conv.h. */
#ifndef LAPEL_CONV_MVE_H
#define LAPEL_CONV_MVE_H

#include "pixels_mve.h"

typedef struct {
    lapel_conv_mve_shape shape; /* first: its address costs nothing */
    const LAPEL_ROM int32_t *w; /* [(out_c + 3) / 4][9 + kernel_h * up(kernel_w * in_c, 16)] if direct > 0, else
                                 * [(out_c + 3) / 4][9 + up(kernel_h * kernel_w * in_c, 16)]: see dot_mve.h; direct:
                                 * kernel_h rows, else one */
    int16_t y_zero; /* -128..127 */
    int8_t lo;      /* clamp, lo <= hi */
    int8_t hi;
} lapel_conv_mve_params;

/* Total. y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, two at a time, or all that are gathered read before one is written
 * (families/overlap.py). */
typedef void lapel_conv_mve_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_mve_params *p);
LAPEL_KERNEL lapel_conv_mve_fn lapel_conv_mve;

#endif
