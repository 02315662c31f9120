/* Repeat one element in nested loops: y[start + sum i_d * strides[d]] gets runs of it. */
#ifndef LAPEL_FILL_H
#define LAPEL_FILL_H

#include "lapel.h"

typedef struct {
    lapel_index dims[4];    /* >= 1, turns of each loop, outermost first */
    lapel_index strides[4]; /* bytes, any sign */
    lapel_index run;        /* >= 1, bytes written at each place; run == up(run, item) */
    lapel_index start;      /* >= 0, bytes; start >= back(dims, strides) */
    uint8_t value[8];       /* the element, first item bytes; 1: value[0] everywhere */
    uint8_t item;           /* 1, 2, 4 or 8: bytes of an element */
} lapel_fill_params;

/* Total. y: [start + forward(dims, strides) + run], of which nothing is written twice, and so y: [all(dims)][run], too: a
 * tensor of any element type. */
typedef void lapel_fill_fn(void *y, const LAPEL_ROM lapel_fill_params *p);
LAPEL_KERNEL lapel_fill_fn lapel_fill;

#endif
