/* Mean over the cells of a window that are inside the image (at least one), NHWC; halves away from zero. */
#ifndef LAPEL_AVGPOOL_H
#define LAPEL_AVGPOOL_H

#include "window.h"

typedef struct {
    lapel_index batches; /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index channels;
    lapel_index out_h;
    lapel_index out_w;
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t pad_top;
    int16_t pad_left;
    int8_t lo; /* clamp, lo <= hi */
    int8_t hi;
} lapel_avgpool_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the
 * planner computes from the order: pixels upwards, channel by channel (ir/overlap.py). */
typedef void lapel_avgpool_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avgpool_params *p);
LAPEL_KERNEL lapel_avgpool_fn lapel_avgpool;

#endif
