/* Mean over some axes: y = clamp(zero + requantize(sum of x + bias)); the multiplier includes 1 / (number of cells). */
#ifndef LAPEL_MEAN_H
#define LAPEL_MEAN_H

#include "lapel.h"

typedef struct {
    lapel_index kept[3];           /* >= 1, loops over outputs, outermost first */
    lapel_index kept_strides[3];   /* elements of x */
    lapel_index summed[3];         /* >= 1, loops over the cells of one output, outermost first */
    lapel_index summed_strides[3]; /* elements of x; each cell once: all(summed) <= strided(summed, summed_strides) */
    int32_t bias;                  /* -(number of cells) * x's zero point */
    int32_t mul;                   /* 0..2^31 - 1 */
    int8_t shift;                  /* -31..30 */
    int16_t y_zero;                /* -128..127 */
} lapel_mean_params;

/* Total.
 * y: [all(kept)]; x: [strided(kept, kept_strides) + strided(summed, summed_strides) - 1]; they do not overlap. */
typedef void lapel_mean_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_mean_params *p);
LAPEL_KERNEL lapel_mean_fn lapel_mean;

#endif
