/* Any function of one byte as lookup.h, for Helium: 16 elements at a time. */
#ifndef LAPEL_LOOKUP_MVE_H
#define LAPEL_LOOKUP_MVE_H

#include "mve.h"

typedef struct {
    const LAPEL_ROM uint8_t *table; /* [256], by the bits of x */
    lapel_index count;              /* elements, >= 1 */
} lapel_lookup_mve_params;

/* y, x: [count] of int8 or uint8; y may be x. */
typedef void lapel_lookup_mve_fn(void *y, const void *x, const LAPEL_ROM lapel_lookup_mve_params *p);
LAPEL_KERNEL lapel_lookup_mve_fn lapel_lookup_mve;

#endif
