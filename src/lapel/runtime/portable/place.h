/* Copy constants into a tensor: runs of bytes, one after the other in the table, at a fixed distance in y. */
#ifndef LAPEL_PLACE_H
#define LAPEL_PLACE_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint8_t *x; /* [turns][run] */
    lapel_index turns;          /* >= 1 */
    lapel_index run;            /* >= 1, bytes */
    lapel_index stride;         /* >= 0, bytes from run to run in y */
    lapel_index start;          /* >= 0, bytes */
} lapel_place_params;

/* Total. y: [start + (turns - 1) * stride + run]. A tensor of any element type. */
typedef void lapel_place_fn(void *y, const LAPEL_ROM lapel_place_params *p);
LAPEL_KERNEL lapel_place_fn lapel_place;

#endif
