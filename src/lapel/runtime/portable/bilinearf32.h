/* Bilinear resize, float32: between rows first, v = low * (1 - weight) + high * weight, then between columns. */
#ifndef LAPEL_BILINEARF32_H
#define LAPEL_BILINEARF32_H

#include "floats.h"

typedef struct {
    const LAPEL_ROM lapel_index *rows;     /* [y_height]: the row of x before; after it is the next, of the last itself */
    const LAPEL_ROM lapel_index *columns;  /* [y_width]: as rows */
    const LAPEL_ROM float *row_weights;    /* [y_height]: of the row after, 0..1 */
    const LAPEL_ROM float *column_weights; /* [y_width] */
    lapel_index batches;                   /* >= 1, as all sizes below */
    lapel_index x_height;
    lapel_index x_width;
    lapel_index y_height;
    lapel_index y_width;
    lapel_index channels;
} lapel_bilinearf32_params;

/* y: [batches][y_height][y_width][channels]; x: [batches][x_height][x_width][channels]; they do not overlap. */
typedef void lapel_bilinearf32_fn(float *y, const float *x, const LAPEL_ROM lapel_bilinearf32_params *p);
LAPEL_KERNEL lapel_bilinearf32_fn lapel_bilinearf32;

#endif
