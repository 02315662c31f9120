/* Copy constants into a tensor: runs of bytes, one after the other in the table, at a fixed distance in y. */
#ifndef LAPEL_PLACE_H
#define LAPEL_PLACE_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint8_t *x; /* [turns][run] */
    lapel_index turns;          /* >= 1 */
    lapel_index run;            /* bytes, >= 1 */
    lapel_index stride;         /* bytes from run to run in y */
    lapel_index start;          /* bytes, >= 0 */
} lapel_place_params;

/* y: a tensor of any element type. */
typedef void lapel_place_fn(void *y, const LAPEL_ROM lapel_place_params *p);
LAPEL_KERNEL lapel_place_fn lapel_place;

#endif
