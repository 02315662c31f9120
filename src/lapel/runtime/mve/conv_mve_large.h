/* 2-D convolution for Helium, NHWC, of large windows or in groups: as conv.h, each window copied to the stack first. */
#ifndef LAPEL_CONV_MVE_LARGE_H
#define LAPEL_CONV_MVE_LARGE_H

#include "copy_mve.h"
#include "dot_mve.h"
#include "taps.h"

#define LAPEL_CONV_MVE_LARGE_MOST 2048 /* bytes of a window on the stack: 512, 1024 or so many */

typedef struct {
    const LAPEL_ROM int32_t *w; /* [groups] of what dot_mve.h says: one row of kernel_h * kernel_w * group_in */
    lapel_taps_shape shape;
    lapel_index window;         /* kernel_h * kernel_w * group_in, rounded up to 16; at most .._MOST */
    int16_t x_zero;             /* -128..127 */
    int16_t y_zero;             /* -128..127 */
    int8_t lo;                  /* clamp, lo <= hi */
    int8_t hi;
} lapel_conv_mve_large_params;

/* y: [batches][out_h][out_w][out_c]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from
 * the order: pixels upwards, the window of a group read before the group is written (families/overlap.py). */
typedef void lapel_conv_mve_large_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_mve_large_params *p);
LAPEL_KERNEL lapel_conv_mve_large_fn lapel_conv_mve_large;

#endif
