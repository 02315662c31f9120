/* Rows and columns by tables: y[n][i][j] = x[n][rows[i]][columns[j]], each a run of bytes. */
#ifndef LAPEL_PICK_H
#define LAPEL_PICK_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint16_t *rows;    /* [y_height] */
    const LAPEL_ROM uint16_t *columns; /* [y_width] */
    lapel_index batches;               /* >= 1 */
    lapel_index x_height;              /* rows of x, >= 1 */
    lapel_index x_width;               /* columns of x, >= 1 */
    lapel_index y_height;              /* rows of y, >= 1 */
    lapel_index y_width;               /* columns of y, >= 1 */
    lapel_index run;                   /* bytes of a pixel, >= 1 */
} lapel_pick_params;

/* y: [batches][y_height][y_width][run] bytes; x: image n starts n * x_height * x_width
   pixels of run bytes behind the first, and has all rows and columns that are numbered; they do not overlap. */
typedef void lapel_pick_fn(void *y, const void *x, const LAPEL_ROM lapel_pick_params *p);
LAPEL_KERNEL lapel_pick_fn lapel_pick;

#endif
