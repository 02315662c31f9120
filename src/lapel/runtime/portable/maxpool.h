/* Maximum over the cells of a window that are inside the image, NHWC; -128 over none. */
#ifndef LAPEL_MAXPOOL_H
#define LAPEL_MAXPOOL_H

#include "pool.h"

typedef struct {
    lapel_pool_shape shape;
    int8_t lo; /* clamp, lo <= hi */
    int8_t hi;
} lapel_maxpool_params;

/* Total. y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the
 * planner computes from the order: pixels upwards, channel by channel (families/overlap.py). */
typedef void lapel_maxpool_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_maxpool_params *p);
LAPEL_KERNEL lapel_maxpool_fn lapel_maxpool;

#endif
