/* Fully connected: y[n][o] = clamp(zero + requantize(bias[o] + sum_k w[o][k] * x[n][k])). */
#ifndef LAPEL_DENSE_H
#define LAPEL_DENSE_H

#include "dot.h"
#include "finish.h"

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [outputs][inputs] */
    const LAPEL_ROM int32_t *bias; /* [outputs], less x's zero point * (sum of the row's weights) */
    const LAPEL_ROM int32_t *mul;  /* [outputs] if per_channel, else [1]; each >= 0 */
    const LAPEL_ROM int8_t *shift; /* as mul; each -31..30; if plain: each <= -2 */
    lapel_index batches;           /* >= 1, rows of x and y */
    lapel_index inputs;            /* >= 1 */
    lapel_index outputs;           /* >= 1 */
    int16_t y_zero;                /* -128..127 */
    int8_t lo;                     /* clamp, lo <= hi */
    int8_t hi;
    int8_t per_channel;            /* 0 or 1 */
    int8_t plain;                  /* 0 or 1: every shift is -2 or less; if plain: lo == -128 and hi == 127 */
} lapel_dense_params;

/* Total. y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_params *p);
LAPEL_KERNEL lapel_dense_fn lapel_dense;

#endif
