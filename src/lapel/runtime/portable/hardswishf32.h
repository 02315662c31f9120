/* Hard swish of float32: y[i] = x[i] * min(max(x[i] + 3, 0), 6) / 6. */
#ifndef LAPEL_HARDSWISHF32_H
#define LAPEL_HARDSWISHF32_H

#include "floats.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
} lapel_hardswishf32_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_hardswishf32_fn(float *y, const float *x, const LAPEL_ROM lapel_hardswishf32_params *p);
LAPEL_KERNEL lapel_hardswishf32_fn lapel_hardswishf32;

#endif
