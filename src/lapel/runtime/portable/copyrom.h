/* Copies a constant from flash into RAM. */
#ifndef LAPEL_COPYROM_H
#define LAPEL_COPYROM_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint8_t *data; /* [bytes] */
    lapel_index bytes;             /* >= 1 */
} lapel_copyrom_params;

/* Total. y: [bytes]. */
typedef void lapel_copyrom_fn(void *y, const LAPEL_ROM lapel_copyrom_params *p);
LAPEL_KERNEL lapel_copyrom_fn lapel_copyrom;

#endif
