/* The kernel `dense` of weights that are indexes of 1, 2 or 4 bits into a code book, read word by word. */
#ifndef LAPEL_DENSE_CODED32_FIXED_H
#define LAPEL_DENSE_CODED32_FIXED_H

#include "codeddense.h"
#include "fixed32.h"

typedef struct {
    lapel_fixed_code code;
    lapel_coded_dense layer;
} lapel_dense_coded32_fixed_params;

/* Total. y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense_coded32_fixed_fn(int8_t *y, const int8_t *x,
                                          const LAPEL_ROM lapel_dense_coded32_fixed_params *p);
LAPEL_KERNEL lapel_dense_coded32_fixed_fn lapel_dense_coded32_fixed;

#endif
