/* Repeat one element in nested loops: y[start + sum i_d * strides[d]] gets runs of it. */
#ifndef LAPEL_FILL_H
#define LAPEL_FILL_H

#include "lapel.h"

typedef struct {
    lapel_index dims[4];    /* turns of each loop, outermost first, >= 1 */
    lapel_index strides[4]; /* bytes */
    lapel_index run;        /* bytes written at each place, >= 1, a multiple of item */
    lapel_index start;      /* bytes, >= 0 */
    uint8_t value[8];       /* the element, first item bytes; 1: value[0] everywhere */
    uint8_t item;           /* bytes of an element: 1, 2, 4 or 8 */
} lapel_fill_params;

/* y: a tensor of any element type. */
typedef void lapel_fill_fn(void *y, const LAPEL_ROM lapel_fill_params *p);
LAPEL_KERNEL lapel_fill_fn lapel_fill;

#endif
