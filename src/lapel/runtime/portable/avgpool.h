/* Mean over the cells of a window that are inside the image (at least one), NHWC; halves away from zero. */
#ifndef LAPEL_AVGPOOL_H
#define LAPEL_AVGPOOL_H

#include "pool.h"

typedef struct {
    lapel_pool_shape shape;
    int8_t lo; /* clamp, lo <= hi */
    int8_t hi;
} lapel_avgpool_params;

/* Total. y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the
 * planner computes from the order: pixels upwards, channel by channel (families/overlap.py). */
typedef void lapel_avgpool_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avgpool_params *p);
LAPEL_KERNEL lapel_avgpool_fn lapel_avgpool;

#endif
