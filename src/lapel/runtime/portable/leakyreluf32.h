/* Leaky rectifier of float32: y[i] = x[i] where x[i] >= 0, else alpha * x[i]. */
#ifndef LAPEL_LEAKYRELUF32_H
#define LAPEL_LEAKYRELUF32_H

#include "floats.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
    float alpha;
} lapel_leakyreluf32_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_leakyreluf32_fn(float *y, const float *x, const LAPEL_ROM lapel_leakyreluf32_params *p);
LAPEL_KERNEL lapel_leakyreluf32_fn lapel_leakyreluf32;

#endif
