/* Exponential of float32: y[i] = e^x[i], as floatmath.h has it. */
#ifndef LAPEL_EXPF32_H
#define LAPEL_EXPF32_H

#include "floatmath.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
} lapel_expf32_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_expf32_fn(float *y, const float *x, const LAPEL_ROM lapel_expf32_params *p);
LAPEL_KERNEL lapel_expf32_fn lapel_expf32;

#endif
