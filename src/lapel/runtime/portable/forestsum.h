/* Sums of decision trees of int8 features: y[n] = start + sum of the leaves that x[n] falls into. */
#ifndef LAPEL_FORESTSUM_H
#define LAPEL_FORESTSUM_H

#include "forestsums.h"

typedef struct {
    const LAPEL_ROM uint8_t *trees; /* streams of all trees */
    const LAPEL_ROM int32_t *start; /* [outputs] */
    lapel_index rows;               /* of x and y, >= 1 */
    lapel_index features;           /* 1..128 */
    lapel_index outputs;            /* 1..256 */
    lapel_index count;              /* of trees */
    uint8_t width;                  /* bytes of a number in a leaf: 1, 2 or 4 */
} lapel_forestsum_params;

/* y: [rows][outputs]; x: [rows][features]; they do not overlap. */
typedef void lapel_forestsum_fn(int32_t *y, const int8_t *x, const LAPEL_ROM lapel_forestsum_params *p);
LAPEL_KERNEL lapel_forestsum_fn lapel_forestsum;

#endif
