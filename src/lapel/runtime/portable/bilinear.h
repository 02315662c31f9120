/* Bilinear resize, int8: positions and weights in 1/1024, result rounded once, halves away from zero. */
#ifndef LAPEL_BILINEAR_H
#define LAPEL_BILINEAR_H

#include "lapel.h"

typedef struct {
    int32_t step_y;       /* 1/1024 input rows from output row to output row, >= 0 */
    int32_t step_x;       /* 1/1024 input columns, >= 0 */
    int32_t offset_y;     /* of output row 0, >= -512; positions are clamped to the input */
    int32_t offset_x;     /* of output column 0 */
    lapel_index batches;  /* >= 1 */
    lapel_index x_height; /* >= 1 */
    lapel_index x_width;  /* >= 1 */
    lapel_index y_height; /* >= 1 */
    lapel_index y_width;  /* >= 1 */
    lapel_index channels; /* >= 1 */
} lapel_bilinear_params;

/* y: [batches][y_height][y_width][channels]; x: [batches][x_height][x_width][channels]; they do not overlap. */
typedef void lapel_bilinear_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_bilinear_params *p);
LAPEL_KERNEL lapel_bilinear_fn lapel_bilinear;

#endif
