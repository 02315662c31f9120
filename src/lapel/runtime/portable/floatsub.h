/* float32 less a constant, channel by channel: y[i][c] = x[i][c] - b[c], rounded once, to float32. */
#ifndef LAPEL_FLOATSUB_H
#define LAPEL_FLOATSUB_H

#include "ieee.h"

typedef struct {
    const LAPEL_ROM float *b; /* [channels] */
    lapel_index channels;     /* >= 1 */
    lapel_index count;        /* elements, a multiple of channels, >= 1 */
} lapel_floatsub_params;

/* y, x: [count]; y may be x. */
typedef void lapel_floatsub_fn(float *y, const float *x, const LAPEL_ROM lapel_floatsub_params *p);
LAPEL_KERNEL lapel_floatsub_fn lapel_floatsub;

#endif
