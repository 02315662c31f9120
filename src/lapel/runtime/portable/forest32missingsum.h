/* The same as forest32sum, of streams that say where NaN goes. */
#ifndef LAPEL_FOREST32MISSINGSUM_H
#define LAPEL_FOREST32MISSINGSUM_H

#include "forest32sum.h"

typedef lapel_forest32sum_params lapel_forest32missingsum_params;

/* y: [rows][outputs]; x: [rows][features]; they do not overlap. */
typedef void lapel_forest32missingsum_fn(int32_t *y, const float *x, const LAPEL_ROM lapel_forest32missingsum_params *p);
LAPEL_KERNEL lapel_forest32missingsum_fn lapel_forest32missingsum;

#endif
