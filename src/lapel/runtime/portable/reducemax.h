/* Greatest element over some axes; the least is the complement of the greatest complement. */
#ifndef LAPEL_REDUCEMAX_H
#define LAPEL_REDUCEMAX_H

#include "lapel.h"

typedef struct {
    lapel_index kept[3];          /* >= 1, loops over outputs, outermost first */
    lapel_index kept_strides[3];  /* elements of x */
    lapel_index taken[3];         /* >= 1, loops over the elements of one output, outermost first */
    lapel_index taken_strides[3]; /* elements of x; each cell once: all(taken) <= strided(taken, taken_strides) */
    int8_t flip;                  /* 0 for the maximum, -1 for the minimum */
} lapel_reducemax_params;

/* Total. y: [all(kept)];
 * x: [strided(kept, kept_strides) + strided(taken, taken_strides) - 1]; they do not overlap. */
typedef void lapel_reducemax_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_reducemax_params *p);
LAPEL_KERNEL lapel_reducemax_fn lapel_reducemax;

#endif
