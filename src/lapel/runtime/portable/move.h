/* Copy in nested loops: y[y_start + sum i_d * y_strides[d]] = x[x_start + sum i_d * x_strides[d]], runs of bytes. */
#ifndef LAPEL_MOVE_H
#define LAPEL_MOVE_H

#include "lapel.h"

typedef struct {
    lapel_index dims[5];      /* turns of each loop, outermost first, >= 1 */
    lapel_index x_strides[5]; /* bytes, any sign */
    lapel_index y_strides[5]; /* bytes, any sign */
    lapel_index run;          /* bytes copied at each place, >= 1 */
    lapel_index x_start;      /* bytes, >= 0; x_start + lowest(dims, x_strides) >= 0 */
    lapel_index y_start;      /* bytes, >= 0; y_start + lowest(dims, y_strides) >= 0 */
} lapel_move_params;

/* Total. y: [y_start + highest(dims, y_strides) + run]; x: [x_start + highest(dims, x_strides) + run]; y apart from x.
 * Tensors of any element type, in bytes. */
typedef void lapel_move_fn(void *y, const void *x, const LAPEL_ROM lapel_move_params *p);
LAPEL_KERNEL lapel_move_fn lapel_move;

#endif
