/* Average pooling for Helium, NHWC: as avgpool.h, eight channels at a time. */
#ifndef LAPEL_AVGPOOL_MVE_H
#define LAPEL_AVGPOOL_MVE_H

#include "avgpool.h"
#include "mve.h"

/* kernel_h * kernel_w <= 255: sums fit 16 bits. */
typedef lapel_avgpool_params lapel_avgpool_mve_params;

/* Total. y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the
 * planner computes from the order: pixels upwards, eight channels read before they are written
 * (families/overlap.py). */
typedef void lapel_avgpool_mve_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avgpool_mve_params *p);
LAPEL_KERNEL lapel_avgpool_mve_fn lapel_avgpool_mve;

#endif
