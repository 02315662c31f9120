/* As protonn.h, with prototypes of four bits: of d_j >> halve only the product with x has to be computed anew. */
#ifndef LAPEL_PROTONN4_H
#define LAPEL_PROTONN4_H

#include "nibbles.h"
#include "prototypes.h"

typedef struct {
    const LAPEL_ROM uint8_t *w;      /* [prototypes][(dims + 1) / 2], two a byte, see nibbles.h, class by class */
    const LAPEL_ROM int16_t *norm;   /* [prototypes] 2^(halve - 2) * (sum of w^2) + offset */
    const LAPEL_ROM uint8_t *counts; /* [classes] prototypes of each */
    const LAPEL_ROM uint8_t *table;  /* [last + 1] */
    lapel_index batches;             /* rows of x and y, >= 1 */
    lapel_index dims;                /* >= 1 */
    lapel_index classes;             /* >= 1 */
    uint8_t last;
    uint8_t halve;                   /* 2..8 */
    uint8_t drop;                    /* 0..30 */
} lapel_protonn4_params;

/* y: [batches][classes]; x: [batches][dims]. */
typedef void lapel_protonn4_fn(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_protonn4_params *p);
LAPEL_KERNEL lapel_protonn4_fn lapel_protonn4;

#endif
