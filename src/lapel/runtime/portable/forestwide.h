/* Votes of decision trees of int8 features in a stream of words: y[n] = start + sum of the leaves that x[n] falls into. */
#ifndef LAPEL_FORESTWIDE_H
#define LAPEL_FORESTWIDE_H

#include "forestvotes.h"

typedef struct {
    const LAPEL_ROM uint16_t *trees; /* streams of all trees */
    lapel_index rows;                /* of x and y, >= 1 */
    lapel_index features;            /* 1..32767 */
    lapel_index outputs;             /* 1..16 */
    lapel_index count;               /* of trees */
    int8_t start;                    /* of each output */
    uint8_t whole;                   /* votes of a leaf of one class */
} lapel_forestwide_params;

/* y: [rows][outputs]; x: [rows][features]; they do not overlap. */
typedef void lapel_forestwide_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_forestwide_params *p);
LAPEL_KERNEL lapel_forestwide_fn lapel_forestwide;

#endif
