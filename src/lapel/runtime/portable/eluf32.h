/* Exponential linear unit of float32: y[i] = x[i] where x[i] >= 0, else e^x[i] - 1. */
#ifndef LAPEL_ELUF32_H
#define LAPEL_ELUF32_H

#include "floatmath.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
} lapel_eluf32_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_eluf32_fn(float *y, const float *x, const LAPEL_ROM lapel_eluf32_params *p);
LAPEL_KERNEL lapel_eluf32_fn lapel_eluf32;

#endif
