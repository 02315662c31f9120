/* Space to batch: y[(u * columns + v) * batches + n][i][j] = padded x[n][i * rows + u][j * columns + v], runs of bytes. */
#ifndef LAPEL_SPACETOBATCH_H
#define LAPEL_SPACETOBATCH_H

#include "lapel.h"

typedef struct {
    lapel_index batches;  /* of x, >= 1 */
    lapel_index height;   /* of x, >= 1 */
    lapel_index width;    /* of x, >= 1 */
    lapel_index y_height; /* >= 1 */
    lapel_index y_width;  /* >= 1 */
    lapel_index rows;     /* of a block, >= 1 */
    lapel_index columns;  /* of a block, >= 1 */
    lapel_index top;      /* rows padded before x, >= 0 */
    lapel_index left;     /* columns padded before x, >= 0 */
    lapel_index run;      /* bytes of a pixel, >= 1 */
    uint8_t value;        /* of every byte that is padded */
} lapel_spacetobatch_params;

/* y: [rows * columns * batches][y_height][y_width][run] bytes; x: [batches][height][width][run] bytes; they do not overlap. */
typedef void lapel_spacetobatch_fn(void *y, const void *x, const LAPEL_ROM lapel_spacetobatch_params *p);
LAPEL_KERNEL lapel_spacetobatch_fn lapel_spacetobatch;

#endif
