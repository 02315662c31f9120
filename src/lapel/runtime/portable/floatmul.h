/* float32 times a constant, channel by channel: y[i][c] = x[i][c] * b[c], rounded once, to float32. */
#ifndef LAPEL_FLOATMUL_H
#define LAPEL_FLOATMUL_H

#include "ieee.h"

typedef struct {
    const LAPEL_ROM float *b; /* [channels] */
    lapel_index channels;     /* >= 1 */
    lapel_index count;        /* elements, a multiple of channels, >= 1 */
} lapel_floatmul_params;

/* y, x: [count]; y may be x. */
typedef void lapel_floatmul_fn(float *y, const float *x, const LAPEL_ROM lapel_floatmul_params *p);
LAPEL_KERNEL lapel_floatmul_fn lapel_floatmul;

#endif
