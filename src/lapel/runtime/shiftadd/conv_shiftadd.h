/* The kernel `conv` for cores without a multiplication: weights of 1, 2 or 4 bits, windows gathered one by one. */
#ifndef LAPEL_CONV_SHIFTADD_H
#define LAPEL_CONV_SHIFTADD_H

#include "shiftadd.h"
#include "windowrows.h"

typedef struct {
    lapel_shiftadd_shape layer; /* of windows of layer.inputs values */
    lapel_windowrows_shape window;
} lapel_conv_shiftadd_params;

/* y: [batches][out_h][out_w][outputs]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from the
 * order: pixels upwards, one at a time (families/overlap.py). */
typedef void lapel_conv_shiftadd_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_shiftadd_params *p);
LAPEL_KERNEL lapel_conv_shiftadd_fn lapel_conv_shiftadd;

#endif
