/* Sums of decision trees of float32 features: y[n] = start + sum of the leaves that x[n] falls into. */
#ifndef LAPEL_FOREST32SUM_H
#define LAPEL_FOREST32SUM_H

#include "forestkeys.h"
#include "forestsums.h"

typedef struct {
    const LAPEL_ROM uint16_t *trees; /* streams of all trees */
    const LAPEL_ROM int32_t *start;  /* [outputs] */
    lapel_index rows;                /* of x and y, >= 1 */
    lapel_index features;            /* 1..32767 */
    lapel_index outputs;             /* 1..256 */
    lapel_index count;               /* of trees */
    uint8_t width;                   /* words of a number in a leaf: 1 or 2 */
} lapel_forest32sum_params;

/* y: [rows][outputs]; x: [rows][features]; they do not overlap. */
typedef void lapel_forest32sum_fn(int32_t *y, const float *x, const LAPEL_ROM lapel_forest32sum_params *p);
LAPEL_KERNEL lapel_forest32sum_fn lapel_forest32sum;

#endif
