/* Copy in nested loops: y[y_start + sum i_d * y_strides[d]] = x[x_start + sum i_d * x_strides[d]], runs of bytes. */
#ifndef LAPEL_MOVE_H
#define LAPEL_MOVE_H

#include "lapel.h"

typedef struct {
    lapel_index dims[5];      /* >= 1, turns of each loop, outermost first */
    lapel_index x_strides[5]; /* bytes, any sign */
    lapel_index y_strides[5]; /* bytes, any sign */
    lapel_index run;          /* >= 1, bytes copied at each place;
                               * each once: all(dims) * run <= back(dims, y_strides) + forward(dims, y_strides) + run */
    lapel_index x_start;      /* >= 0, bytes; x_start >= back(dims, x_strides) */
    lapel_index y_start;      /* >= 0, bytes; y_start >= back(dims, y_strides) */
} lapel_move_params;

/* Total. y: [y_start + forward(dims, y_strides) + run]; x: [x_start + forward(dims, x_strides) + run]; nothing is written
 * twice, and so y: [all(dims)][run], too. Tensors of any element type; they do not overlap. */
typedef void lapel_move_fn(void *y, const void *x, const LAPEL_ROM lapel_move_params *p);
LAPEL_KERNEL lapel_move_fn lapel_move;

#endif
