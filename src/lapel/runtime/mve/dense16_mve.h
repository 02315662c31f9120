/* The kernel `dense16` for Helium, where sums have 32 bits. */
#ifndef LAPEL_DENSE16_MVE_H
#define LAPEL_DENSE16_MVE_H

#include "dot16_mve.h"

typedef struct {
    const LAPEL_ROM int8_t *w;     /* [outputs][inputs] */
    const LAPEL_ROM int32_t *bias; /* [outputs], filled up to a multiple of 4 */
    const LAPEL_ROM int32_t *mul;  /* as bias if per_channel, else [1]; see dot16_mve.h */
    const LAPEL_ROM int8_t *drop;  /* as mul */
    lapel_index batches;           /* rows of x and y, >= 1 */
    lapel_index inputs;            /* >= 1 */
    lapel_index outputs;           /* >= 1 */
    int16_t lo;                    /* clamp, lo <= hi */
    int16_t hi;
    int8_t per_channel;            /* 0 or 1 */
} lapel_dense16_mve_params;

/* y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense16_mve_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_dense16_mve_params *p);
LAPEL_KERNEL lapel_dense16_mve_fn lapel_dense16_mve;

#endif
