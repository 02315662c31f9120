/* Maximum over the cells of a window that are inside the image, as maxpool.h says it, eight or four channels at a time. */
#ifndef LAPEL_MAXPOOL_DSP_H
#define LAPEL_MAXPOOL_DSP_H

#include "dsp.h"
#include "maxpool.h"

/* channels >= 4: the last ones may overlap those before them. */
typedef lapel_maxpool_params lapel_maxpool_dsp_params;

/* Total. y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the
 * planner computes from the order: pixels upwards (families/overlap.py). */
typedef void lapel_maxpool_dsp_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_maxpool_dsp_params *p);
LAPEL_KERNEL lapel_maxpool_dsp_fn lapel_maxpool_dsp;

#endif
