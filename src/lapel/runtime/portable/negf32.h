/* Negation of float32: y[i] = -x[i]. */
#ifndef LAPEL_NEGF32_H
#define LAPEL_NEGF32_H

#include "floats.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
} lapel_negf32_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_negf32_fn(float *y, const float *x, const LAPEL_ROM lapel_negf32_params *p);
LAPEL_KERNEL lapel_negf32_fn lapel_negf32;

#endif
