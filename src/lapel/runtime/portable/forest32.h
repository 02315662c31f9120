/* Votes of decision trees of float32 features: y[n] = start + sum of the leaves that x[n] falls into. */
#ifndef LAPEL_FOREST32_H
#define LAPEL_FOREST32_H

#include "forestkeys.h"
#include "forestvotes.h"

typedef struct {
    const LAPEL_ROM uint16_t *trees; /* streams of all trees */
    lapel_index rows;                /* of x and y, >= 1 */
    lapel_index features;            /* 1..32767 */
    lapel_index outputs;             /* 1..16 */
    lapel_index count;               /* of trees */
    int8_t start;                    /* of each output */
    uint8_t whole;                   /* votes of a leaf of one class */
} lapel_forest32_params;

/* y: [rows][outputs]; x: [rows][features]; they do not overlap. */
typedef void lapel_forest32_fn(int8_t *y, const float *x, const LAPEL_ROM lapel_forest32_params *p);
LAPEL_KERNEL lapel_forest32_fn lapel_forest32;

#endif
