/* Mean of float32 over the cells of a window that are inside the image (at least one), NHWC: their sum in the order u, v,
 * divided by their number. */
#ifndef LAPEL_AVGPOOLF32_H
#define LAPEL_AVGPOOLF32_H

#include "floats.h"
#include "pool.h"

typedef struct {
    lapel_pool_shape shape;
    float lo; /* clamp, lo <= hi */
    float hi;
} lapel_avgpoolf32_params;

/* Total. y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the
 * planner computes from the order: pixels upwards, channel by channel (families/overlap.py). */
typedef void lapel_avgpoolf32_fn(float *y, const float *x, const LAPEL_ROM lapel_avgpoolf32_params *p);
LAPEL_KERNEL lapel_avgpoolf32_fn lapel_avgpoolf32;

#endif
