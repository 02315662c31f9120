/* Which taps of a transposed convolution reach an output. */
#ifndef LAPEL_TRANSPOSED_H
#define LAPEL_TRANSPOSED_H

#include "lapel.h"

/* Along one axis: the taps that reach an output. While the tap goes up by the stride, the cell of x goes down by 1. */
typedef struct {
    lapel_index count;
    lapel_index tap;  /* first one */
    lapel_index cell; /* of the first one */
} lapel_reached;

/* Along one axis: which of a kernel's `taps` taps, and of which cells of x, reach coordinate `at` of the padded output. */
LAPEL_INLINE lapel_reached lapel_reaching(lapel_index at, lapel_index taps, lapel_index stride, lapel_index size)
{
    lapel_reached r = {0, (lapel_index)(at % stride), (lapel_index)(at / stride)};

    if (r.cell >= size) {
        r.tap = (lapel_index)(r.tap + (r.cell - size + 1) * stride);
        r.cell = (lapel_index)(size - 1);
    }
    if (r.tap < taps) {
        r.count = (lapel_index)((taps - 1 - r.tap) / stride + 1);
        r.count = r.count > r.cell + 1 ? (lapel_index)(r.cell + 1) : r.count;
    }
    return r;
}

#endif
