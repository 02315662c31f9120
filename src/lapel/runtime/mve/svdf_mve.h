/* The kernel `svdf` for Helium: features sixteen products an instruction, and so the results of a filter over time. */
#ifndef LAPEL_SVDF_MVE_H
#define LAPEL_SVDF_MVE_H

#include "sums_mve.h"
#include "svdfsums.h"

/* feature: [(units * rank + 3) / 4][4 + up(inputs, 16)], as sums_mve.h packs rows. */
typedef lapel_svdfsums_params lapel_svdf_mve_params;

/* Total. y: [batches][units]; x: [batches][inputs]; state, new_state: [batches][units][rank][memory]. As lapel_svdf. */
typedef void lapel_svdf_mve_fn(int8_t *y, int8_t *new_state, const int8_t *x, const int8_t *state,
                               const LAPEL_ROM lapel_svdf_mve_params *p);
LAPEL_KERNEL lapel_svdf_mve_fn lapel_svdf_mve;

#endif
