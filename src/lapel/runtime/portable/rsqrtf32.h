/* Reciprocal root of float32: y[i] = 1 / sqrt(x[i]), root and quotient rounded. */
#ifndef LAPEL_RSQRTF32_H
#define LAPEL_RSQRTF32_H

#include "floatmath.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
} lapel_rsqrtf32_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_rsqrtf32_fn(float *y, const float *x, const LAPEL_ROM lapel_rsqrtf32_params *p);
LAPEL_KERNEL lapel_rsqrtf32_fn lapel_rsqrtf32;

#endif
