/* The kernel `svdf` for cores with the DSP extension; x and the state are read four values at a time, at any address. */
#ifndef LAPEL_SVDF_DSP_H
#define LAPEL_SVDF_DSP_H

#include "svdfsums.h"

/* feature: [(units * rank + 3) / 4][4 + up(inputs, 4)], as dspsums.h packs rows. */
typedef lapel_svdfsums_params lapel_svdf_dsp_params;

/* Total. y: [batches][units]; x: [batches][inputs]; state, new_state: [batches][units][rank][memory]. As lapel_svdf. */
typedef void lapel_svdf_dsp_fn(int8_t *y, int8_t *new_state, const int8_t *x, const int8_t *state,
                               const LAPEL_ROM lapel_svdf_dsp_params *p);
LAPEL_KERNEL lapel_svdf_dsp_fn lapel_svdf_dsp;

#endif
