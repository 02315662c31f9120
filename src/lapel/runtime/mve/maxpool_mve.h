/* Maximum pooling for Helium, NHWC: as maxpool.h, 16 channels at a time. */
#ifndef LAPEL_MAXPOOL_MVE_H
#define LAPEL_MAXPOOL_MVE_H

#include "maxpool.h"
#include "mve.h"

typedef lapel_maxpool_params lapel_maxpool_mve_params;

/* Total. y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the
 * planner computes from the order: pixels upwards, channel by channel (families/overlap.py). */
typedef void lapel_maxpool_mve_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_maxpool_mve_params *p);
LAPEL_KERNEL lapel_maxpool_mve_fn lapel_maxpool_mve;

#endif
