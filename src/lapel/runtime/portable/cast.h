/* Integers of one width to another: sign-extended, or their low bytes. */
#ifndef LAPEL_CAST_H
#define LAPEL_CAST_H

#include "lapel.h"

typedef struct {
    lapel_index count; /* elements, >= 1 */
    uint8_t from;      /* bytes of an element of x: 1, 2 or 4 */
    uint8_t to;        /* of y */
} lapel_cast_params;

/* y, x: [count] signed integers or truth values, the low byte first; they do not overlap. */
typedef void lapel_cast_fn(void *y, const void *x, const LAPEL_ROM lapel_cast_params *p);
LAPEL_KERNEL lapel_cast_fn lapel_cast;

#endif
