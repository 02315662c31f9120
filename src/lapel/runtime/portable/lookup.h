/* Any function of one byte: y[i] = table[x[i]]. */
#ifndef LAPEL_LOOKUP_H
#define LAPEL_LOOKUP_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint8_t *table; /* [256], by the bits of x */
    lapel_index count;              /* >= 1, elements */
} lapel_lookup_params;

/* Total. y, x: [count]; of int8 or uint8; y may be x. */
typedef void lapel_lookup_fn(void *y, const void *x, const LAPEL_ROM lapel_lookup_params *p);
LAPEL_KERNEL lapel_lookup_fn lapel_lookup;

#endif
