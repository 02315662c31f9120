/* Mean of int16 over the cells of a window that are inside the image (at least one), NHWC; halves away from zero. */
#ifndef LAPEL_AVGPOOL16_H
#define LAPEL_AVGPOOL16_H

#include "pool.h"

typedef struct {
    lapel_pool_shape shape;
    int16_t lo; /* clamp, lo <= hi */
    int16_t hi;
} lapel_avgpool16_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the
 * planner computes from the order: pixels upwards, channel by channel (families/overlap.py). */
typedef void lapel_avgpool16_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_avgpool16_params *p);
LAPEL_KERNEL lapel_avgpool16_fn lapel_avgpool16;

#endif
