/* Softmax of float32 over rows: e[i] = e^((x[i] - m) * beta), m the greatest of the row; y[i] = e[i] / (0 + e[0] + ...). */
#ifndef LAPEL_SOFTMAXF32_H
#define LAPEL_SOFTMAXF32_H

#include "floatmath.h"

typedef struct {
    lapel_index rows;    /* >= 1 */
    lapel_index classes; /* >= 1 */
    float beta;
} lapel_softmaxf32_params;

/* Total. y, x: [rows][classes]; y may be x. */
typedef void lapel_softmaxf32_fn(float *y, const float *x, const LAPEL_ROM lapel_softmaxf32_params *p);
LAPEL_KERNEL lapel_softmaxf32_fn lapel_softmaxf32;

#endif
