/* The same as forest32, of streams that say where NaN goes. */
#ifndef LAPEL_FOREST32MISSING_H
#define LAPEL_FOREST32MISSING_H

#include "forest32.h"

typedef lapel_forest32_params lapel_forest32missing_params;

/* y: [rows][outputs]; x: [rows][features]; they do not overlap. */
typedef void lapel_forest32missing_fn(int8_t *y, const float *x, const LAPEL_ROM lapel_forest32missing_params *p);
LAPEL_KERNEL lapel_forest32missing_fn lapel_forest32missing;

#endif
