/* Space to batch: y[(u * columns + v) * batches + n][i][j] = padded x[n][i * rows + u][j * columns + v], runs of bytes. */
#ifndef LAPEL_SPACETOBATCH_H
#define LAPEL_SPACETOBATCH_H

#include "lapel.h"

typedef struct {
    lapel_index batches;  /* >= 1, of x */
    lapel_index height;   /* >= 1, of x */
    lapel_index width;    /* >= 1, of x */
    lapel_index y_height; /* >= 1 */
    lapel_index y_width;  /* >= 1 */
    lapel_index rows;     /* >= 1, of a block */
    lapel_index columns;  /* >= 1, of a block */
    lapel_index top;      /* >= 0, rows padded before x */
    lapel_index left;     /* >= 0, columns padded before x */
    lapel_index run;      /* >= 1, bytes of a pixel */
    uint8_t value;        /* of every byte that is padded */
} lapel_spacetobatch_params;

/* Total. y: [rows * columns * batches][y_height][y_width][run]; x: [batches][height][width][run]; bytes; they do not
 * overlap. */
typedef void lapel_spacetobatch_fn(void *y, const void *x, const LAPEL_ROM lapel_spacetobatch_params *p);
LAPEL_KERNEL lapel_spacetobatch_fn lapel_spacetobatch;

#endif
