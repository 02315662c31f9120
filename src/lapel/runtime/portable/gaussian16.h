/* The same as gaussian, of int16 features. */
#ifndef LAPEL_GAUSSIAN16_H
#define LAPEL_GAUSSIAN16_H

#include "gaussian.h"

typedef lapel_gaussian_params lapel_gaussian16_params;

/* y: [batches][outputs]; x: [batches][features]; they do not overlap. */
typedef void lapel_gaussian16_fn(int32_t *y, const int16_t *x, const LAPEL_ROM lapel_gaussian16_params *p);
LAPEL_KERNEL lapel_gaussian16_fn lapel_gaussian16;

#endif
