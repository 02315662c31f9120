/* Greatest float32 of the cells of a window that are inside the image, NHWC; -inf where none is, a NaN is passed over. */
#ifndef LAPEL_MAXPOOLF32_H
#define LAPEL_MAXPOOLF32_H

#include "floats.h"
#include "pool.h"

typedef struct {
    lapel_pool_shape shape;
    float lo; /* clamp, lo <= hi */
    float hi;
} lapel_maxpoolf32_params;

/* Total. y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the
 * planner computes from the order: pixels upwards, channel by channel (families/overlap.py). */
typedef void lapel_maxpoolf32_fn(float *y, const float *x, const LAPEL_ROM lapel_maxpoolf32_params *p);
LAPEL_KERNEL lapel_maxpoolf32_fn lapel_maxpoolf32;

#endif
