/* Projection: y[n][o] = clamp((bias[o] + sum_k w[o][k] * x[n][k]) >> drop) to int8. */
#ifndef LAPEL_PROJECT_H
#define LAPEL_PROJECT_H

#include "dot.h"

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [outputs][inputs] */
    const LAPEL_ROM int32_t *bias; /* [outputs], with what rounds the shift */
    lapel_index batches;           /* rows of x and y, >= 1 */
    lapel_index inputs;            /* >= 1 */
    lapel_index outputs;           /* >= 1 */
    uint8_t drop;                  /* 0..24 */
} lapel_project_params;

/* y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_project_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_project_params *p);
LAPEL_KERNEL lapel_project_fn lapel_project;

#endif
