/* Mean of float32 over the cells of a window that are inside the image (at least one), NHWC: their sum in the order u, v,
 * divided by their number. */
#ifndef LAPEL_AVGPOOLF32_H
#define LAPEL_AVGPOOLF32_H

#include "floats.h"
#include "window.h"

typedef struct {
    lapel_index batches; /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index channels;
    lapel_index out_h;
    lapel_index out_w;
    float lo; /* clamp, lo <= hi */
    float hi;
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t pad_top;
    int16_t pad_left;
} lapel_avgpoolf32_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the
 * planner computes from the order: pixels upwards, channel by channel (families/overlap.py). */
typedef void lapel_avgpoolf32_fn(float *y, const float *x, const LAPEL_ROM lapel_avgpoolf32_params *p);
LAPEL_KERNEL lapel_avgpoolf32_fn lapel_avgpoolf32;

#endif
