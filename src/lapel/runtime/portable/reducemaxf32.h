/* Greatest or least float32 over some axes: of the elements in their order m = x > m ? x : m, or x < m, m the first. */
#ifndef LAPEL_REDUCEMAXF32_H
#define LAPEL_REDUCEMAXF32_H

#include "floats.h"

typedef struct {
    lapel_index kept[3];          /* >= 1, loops over outputs, outermost first */
    lapel_index kept_strides[3];  /* elements of x */
    lapel_index taken[3];         /* >= 1, loops over the elements of one output, outermost first */
    lapel_index taken_strides[3]; /* elements of x; each cell once: all(taken) <= strided(taken, taken_strides) */
    int8_t least;                 /* 0 for the maximum, 1 for the minimum */
} lapel_reducemaxf32_params;

/* Total. y: [all(kept)];
 * x: [strided(kept, kept_strides) + strided(taken, taken_strides) - 1]; they do not overlap. */
typedef void lapel_reducemaxf32_fn(float *y, const float *x, const LAPEL_ROM lapel_reducemaxf32_params *p);
LAPEL_KERNEL lapel_reducemaxf32_fn lapel_reducemaxf32;

#endif
