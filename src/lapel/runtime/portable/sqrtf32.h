/* Root of float32: y[i] = sqrt(x[i]), rounded once. */
#ifndef LAPEL_SQRTF32_H
#define LAPEL_SQRTF32_H

#include "floatmath.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
} lapel_sqrtf32_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_sqrtf32_fn(float *y, const float *x, const LAPEL_ROM lapel_sqrtf32_params *p);
LAPEL_KERNEL lapel_sqrtf32_fn lapel_sqrtf32;

#endif
