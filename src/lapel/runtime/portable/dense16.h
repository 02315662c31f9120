/* Fully connected, int16 values and int8 weights: y[n][o] = clamp(requantize(bias[o] + sum_k w[o][k] * x[n][k])). */
#ifndef LAPEL_DENSE16_H
#define LAPEL_DENSE16_H

#include "dot16.h"
#include "finish16.h"

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [outputs][inputs] */
    const LAPEL_ROM int64_t *bias; /* [outputs] */
    const LAPEL_ROM int32_t *mul;  /* [outputs] if per_channel, else [1] */
    const LAPEL_ROM int8_t *shift; /* as mul; see finish16.h */
    lapel_index batches;           /* rows of x and y, >= 1 */
    lapel_index inputs;            /* >= 1 */
    lapel_index outputs;           /* >= 1 */
    int16_t lo;                    /* clamp, lo <= hi */
    int16_t hi;
    int8_t per_channel;            /* 0 or 1 */
    int8_t reduced;                /* 0 or 1 */
} lapel_dense16_params;

/* y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense16_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_dense16_params *p);
LAPEL_KERNEL lapel_dense16_fn lapel_dense16;

#endif
