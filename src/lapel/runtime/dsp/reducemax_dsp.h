/* Greatest element over some axes as reducemax.h says it, four neighbouring outputs at a time. */
#ifndef LAPEL_REDUCEMAX_DSP_H
#define LAPEL_REDUCEMAX_DSP_H

#include "dsp.h"
#include "reducemax.h"

typedef lapel_reducemax_params lapel_reducemax_dsp_params; /* kept[2] >= 4, kept_strides[2] == 1 */

/* y: [kept[0] * kept[1] * kept[2]]; x: what the strides reach; they do not overlap. */
typedef void lapel_reducemax_dsp_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_reducemax_dsp_params *p);
LAPEL_KERNEL lapel_reducemax_dsp_fn lapel_reducemax_dsp;

#endif
