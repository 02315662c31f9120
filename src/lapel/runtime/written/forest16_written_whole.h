/* Votes of decision trees as forest16.h says it. All nodes are code of the step, which leaves `lower` the leaves. */
#ifndef LAPEL_FOREST16_WRITTEN_WHOLE_H
#define LAPEL_FOREST16_WRITTEN_WHOLE_H

#include "forestfall.h"

typedef struct {
    const LAPEL_ROM uint16_t *lower; /* streams of leaves that have votes for several classes, behind their places */
    lapel_index rows;                /* of x and y, >= 1 */
    lapel_index features;            /* 1..32767 */
    lapel_index outputs;             /* 1..16 */
    lapel_index count;               /* of trees */
    int8_t start;                    /* of each output */
    uint8_t whole;                   /* votes of a leaf of one class */
} lapel_forest16_written_whole_params;

/* y: [rows][outputs]; x: [rows][features]; they do not overlap. */
typedef void lapel_forest16_written_whole_fn(int8_t *y, const int16_t *x,
                                             const LAPEL_ROM lapel_forest16_written_whole_params *p);

#endif
