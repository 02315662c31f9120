/* Radial basis functions round prototypes, summed class by class: y[n][l] = sum over the prototypes j of class l of
 * table[v_j >> drop], v_j = (d_j >> halve) + offset[j], d_j the squared distance of x[n] and 2^(halve - 1) * w[j]. Beyond
 * the table its last entry counts; the class of the least v_j, the first one of equals, has one more. */
#ifndef LAPEL_PROTONN_H
#define LAPEL_PROTONN_H

#include "prototypes.h"

typedef struct {
    const LAPEL_ROM int8_t *w;       /* [prototypes][dims], class by class */
    const LAPEL_ROM int32_t *offset; /* [prototypes] 0.. */
    const LAPEL_ROM uint8_t *counts; /* [classes] prototypes of each */
    const LAPEL_ROM uint8_t *table;  /* [last + 1] */
    lapel_index batches;             /* rows of x and y, >= 1 */
    lapel_index dims;                /* >= 1 */
    lapel_index classes;             /* >= 1 */
    uint8_t last;
    uint8_t halve;                   /* 1..8 */
    uint8_t drop;                    /* 0..30 */
} lapel_protonn_params;

/* y: [batches][classes]; x: [batches][dims]. */
typedef void lapel_protonn_fn(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_protonn_params *p);
LAPEL_KERNEL lapel_protonn_fn lapel_protonn;

#endif
