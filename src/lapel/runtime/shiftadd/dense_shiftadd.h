/* The kernel `dense` for cores without a multiplication: weights of 1, 2 or 4 bits. */
#ifndef LAPEL_DENSE_SHIFTADD_H
#define LAPEL_DENSE_SHIFTADD_H

#include "shiftadd.h"

typedef struct {
    lapel_shiftadd_shape layer;
    lapel_index batches; /* rows of x and y, >= 1 */
} lapel_dense_shiftadd_params;

/* y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense_shiftadd_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_shiftadd_params *p);
LAPEL_KERNEL lapel_dense_shiftadd_fn lapel_dense_shiftadd;

#endif
