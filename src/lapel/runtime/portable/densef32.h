/* Fully connected, float32: y[n][o] = clamp(bias[o] + w[o][0] * x[n][0] + w[o][1] * x[n][1] + ...), in this order. */
#ifndef LAPEL_DENSEF32_H
#define LAPEL_DENSEF32_H

#include "dotf32.h"

typedef struct {
    const LAPEL_ROM float *w;    /* [outputs][inputs] */
    const LAPEL_ROM float *bias; /* [outputs], no -0 */
    lapel_index batches;         /* >= 1, rows of x and y */
    lapel_index inputs;          /* >= 1 */
    lapel_index outputs;         /* >= 1 */
    float lo;                    /* clamp, lo <= hi */
    float hi;
} lapel_densef32_params;

/* Total. y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_densef32_fn(float *y, const float *x, const LAPEL_ROM lapel_densef32_params *p);
LAPEL_KERNEL lapel_densef32_fn lapel_densef32;

#endif
