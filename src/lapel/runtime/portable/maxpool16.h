/* Maximum over the cells of a window that are inside the image, NHWC; int16, -32768 over none. */
#ifndef LAPEL_MAXPOOL16_H
#define LAPEL_MAXPOOL16_H

#include "pool.h"

typedef struct {
    lapel_pool_shape shape;
    int16_t lo; /* clamp, lo <= hi */
    int16_t hi;
} lapel_maxpool16_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the
 * planner computes from the order: pixels upwards, channel by channel (families/overlap.py). */
typedef void lapel_maxpool16_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_maxpool16_params *p);
LAPEL_KERNEL lapel_maxpool16_fn lapel_maxpool16;

#endif
