/* Mean over the cells of a window that are inside the image, as avgpool.h says it, four channels at a time. */
#ifndef LAPEL_AVGPOOL_DSP_H
#define LAPEL_AVGPOOL_DSP_H

#include "avgpool.h"
#include "dsp.h"

/* channels >= 4: the last four overlap the four before them where 4 does not divide their number. Windows have 256
 * cells at most, so that a sum fits 16 bits. */
typedef lapel_avgpool_params lapel_avgpool_dsp_params;

/* Total.
 * y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the planner computes
 * from the order: pixels upwards, the last channels of one read again after they are written (families/overlap.py). */
typedef void lapel_avgpool_dsp_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avgpool_dsp_params *p);
LAPEL_KERNEL lapel_avgpool_dsp_fn lapel_avgpool_dsp;

#endif
