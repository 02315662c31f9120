/* Log softmax of float32 over rows: (x[i] - m) - log(0 + e^(x[0] - m) + ...), m the greatest of the row. */
#ifndef LAPEL_LOGSOFTMAXF32_H
#define LAPEL_LOGSOFTMAXF32_H

#include "floatmath.h"

typedef struct {
    lapel_index rows;    /* >= 1 */
    lapel_index classes; /* >= 1 */
} lapel_logsoftmaxf32_params;

/* Total. y, x: [rows][classes]; y may be x. */
typedef void lapel_logsoftmaxf32_fn(float *y, const float *x, const LAPEL_ROM lapel_logsoftmaxf32_params *p);
LAPEL_KERNEL lapel_logsoftmaxf32_fn lapel_logsoftmaxf32;

#endif
