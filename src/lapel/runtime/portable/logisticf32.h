/* Sigmoid of float32: y[i] = 1 / (1 + e^-x[i]), as floatmath.h has it. */
#ifndef LAPEL_LOGISTICF32_H
#define LAPEL_LOGISTICF32_H

#include "floatmath.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
} lapel_logisticf32_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_logisticf32_fn(float *y, const float *x, const LAPEL_ROM lapel_logisticf32_params *p);
LAPEL_KERNEL lapel_logisticf32_fn lapel_logisticf32;

#endif
