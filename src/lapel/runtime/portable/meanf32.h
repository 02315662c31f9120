/* Sum of float32 over some axes, in the order in which the cells lie, divided by a number: y = (0 + x + ...) / cells. */
#ifndef LAPEL_MEANF32_H
#define LAPEL_MEANF32_H

#include "floats.h"

typedef struct {
    lapel_index kept[3];           /* >= 1, loops over outputs, outermost first */
    lapel_index kept_strides[3];   /* elements of x */
    lapel_index summed[3];         /* >= 1, loops over the cells of one output, outermost first */
    lapel_index summed_strides[3]; /* elements of x; each cell once: all(summed) <= strided(summed, summed_strides) */
    float cells;                   /* what each sum is divided by: the number of cells, or 1 */
} lapel_meanf32_params;

/* Total. y: [all(kept)];
 * x: [strided(kept, kept_strides) + strided(summed, summed_strides) - 1]; they do not overlap. */
typedef void lapel_meanf32_fn(float *y, const float *x, const LAPEL_ROM lapel_meanf32_params *p);
LAPEL_KERNEL lapel_meanf32_fn lapel_meanf32;

#endif
