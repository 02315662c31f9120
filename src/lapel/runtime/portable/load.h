/* Copies a constant from flash into RAM. */
#ifndef LAPEL_LOAD_H
#define LAPEL_LOAD_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint8_t *data; /* [bytes] */
    lapel_index bytes;             /* >= 1 */
} lapel_load_params;

/* y: [bytes]. */
typedef void lapel_load_fn(void *y, const LAPEL_ROM lapel_load_params *p);
LAPEL_KERNEL lapel_load_fn lapel_load;

#endif
