/* Hyperbolic tangent of float32: y[i] = tanh(x[i]), as floatmath.h has it. */
#ifndef LAPEL_TANHF32_H
#define LAPEL_TANHF32_H

#include "floatmath.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
} lapel_tanhf32_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_tanhf32_fn(float *y, const float *x, const LAPEL_ROM lapel_tanhf32_params *p);
LAPEL_KERNEL lapel_tanhf32_fn lapel_tanhf32;

#endif
