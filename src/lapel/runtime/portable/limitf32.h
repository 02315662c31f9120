/* Rectifiers of float32: y[i] = x[i] limited to lo..hi; a NaN stays one. */
#ifndef LAPEL_LIMITF32_H
#define LAPEL_LIMITF32_H

#include "floats.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
    float lo;          /* lo <= hi */
    float hi;
} lapel_limitf32_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_limitf32_fn(float *y, const float *x, const LAPEL_ROM lapel_limitf32_params *p);
LAPEL_KERNEL lapel_limitf32_fn lapel_limitf32;

#endif
