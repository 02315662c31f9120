/* Projection by weights of four bits: y[n][o] = clamp((bias[o] + sum_k w[o][k] * x[n][k]) >> drop) to int8. */
#ifndef LAPEL_PROJECT4_H
#define LAPEL_PROJECT4_H

#include "nibbles.h"

typedef struct {
    const LAPEL_ROM uint8_t *w;    /* [outputs][(inputs + 1) / 2], two a byte, see nibbles.h */
    const LAPEL_ROM int32_t *bias; /* [outputs], with what rounds the shift */
    lapel_index batches;           /* rows of x and y, >= 1 */
    lapel_index inputs;            /* >= 1 */
    lapel_index outputs;           /* >= 1 */
    uint8_t drop;                  /* 0..24 */
} lapel_project4_params;

/* y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_project4_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_project4_params *p);
LAPEL_KERNEL lapel_project4_fn lapel_project4;

#endif
