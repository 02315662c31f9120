/* Integers of one width to another: sign-extended, or their low bytes. */
#ifndef LAPEL_CAST_H
#define LAPEL_CAST_H

#include "lapel.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
    uint8_t x_bytes;   /* 1, 2 or 4: of an element of x */
    uint8_t y_bytes;   /* 1, 2 or 4 */
} lapel_cast_params;

/* Total. y: [count][y_bytes]; x: [count][x_bytes]. Signed integers or truth values, the low byte first; they do not
 * overlap. */
typedef void lapel_cast_fn(void *y, const void *x, const LAPEL_ROM lapel_cast_params *p);
LAPEL_KERNEL lapel_cast_fn lapel_cast;

#endif
