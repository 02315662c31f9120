/* Magnitude of float32: y[i] = x[i] where x[i] > 0, else 0 - x[i]. */
#ifndef LAPEL_ABSF32_H
#define LAPEL_ABSF32_H

#include "floats.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
} lapel_absf32_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_absf32_fn(float *y, const float *x, const LAPEL_ROM lapel_absf32_params *p);
LAPEL_KERNEL lapel_absf32_fn lapel_absf32;

#endif
