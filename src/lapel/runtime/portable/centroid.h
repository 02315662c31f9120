/* The mean direction of rows: the sum of rows that are divided by their norms, scaled to -127..127. */
#ifndef LAPEL_CENTROID_H
#define LAPEL_CENTROID_H

#include "root.h"

#define LAPEL_CENTROID_MOST 16

typedef struct {
    lapel_index rows;     /* 1..LAPEL_CENTROID_MOST */
    lapel_index channels; /* 1..32767 */
    int16_t x_zero;       /* -128..127 */
} lapel_centroid_params;

/* y: [channels]; x: [rows][channels]. */
typedef void lapel_centroid_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_centroid_params *p);
LAPEL_KERNEL lapel_centroid_fn lapel_centroid;

#endif
