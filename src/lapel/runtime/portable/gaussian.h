/* Logarithms of normal densities: y[n][c] = bias[c] - the squared distance of x[n] from mean[c], in deviations. Row i of
 * w makes a deviation of the differences up to that of feature i, or of that alone. */
#ifndef LAPEL_GAUSSIAN_H
#define LAPEL_GAUSSIAN_H

#include "lapel.h"

#define LAPEL_GAUSSIAN_FARTHEST 1073741824 /* 2^30 */
#define LAPEL_GAUSSIAN_MOST 32767          /* its square and the farthest are below 2^31 */

typedef struct {
    const LAPEL_ROM int16_t *w;     /* [1 or outputs]: rows, of each feature itself or of all up to it */
    const LAPEL_ROM int16_t *mean;  /* [outputs][features] */
    const LAPEL_ROM uint8_t *shift; /* [1 or outputs][features] 0..30 */
    const LAPEL_ROM int32_t *bias;  /* [outputs] -2^30..2^30 */
    lapel_index batches;           /* rows of x and y, >= 1 */
    lapel_index features;          /* >= 1 */
    lapel_index outputs;           /* >= 1 */
    int16_t unit;                  /* of x in what means have: 1, 2, 4.. 256 */
    int16_t reach;                 /* of a difference, 1.. */
    uint8_t full;                  /* 1: rows are of all features up to theirs */
    uint8_t shared;                /* 1: all outputs have the weights and shifts of one */
} lapel_gaussian_params;

/* The distance d, 0..2^30, and the square of a sum that is shifted, at most 2^30. */
LAPEL_INLINE int32_t lapel_gaussian_add(int32_t d, int32_t sum, uint8_t shift)
{
    const int32_t half = (int32_t)((uint32_t)1 << shift >> 1);
    const int32_t z = lapel_clamp16((sum + half) >> shift, -LAPEL_GAUSSIAN_MOST, LAPEL_GAUSSIAN_MOST);
    const int32_t next = d + z * z;

    return next < LAPEL_GAUSSIAN_FARTHEST ? next : LAPEL_GAUSSIAN_FARTHEST;
}

/* y: [batches][outputs]; x: [batches][features]; they do not overlap. */
typedef void lapel_gaussian_fn(int32_t *y, const int8_t *x, const LAPEL_ROM lapel_gaussian_params *p);
LAPEL_KERNEL lapel_gaussian_fn lapel_gaussian;

#endif
