/* Which taps of a transposed convolution reach an output. */
#ifndef LAPEL_TRANSPOSED_H
#define LAPEL_TRANSPOSED_H

#include "lapel.h"

/* Of a transposed convolution: x is [batches][in_h][in_w][in_c], w is [out_c][kernel_h][kernel_w][in_c]. */
typedef struct {
    lapel_index batches; /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index in_c;
    lapel_index out_h;
    lapel_index out_w;
    lapel_index out_c;
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t pad_top;  /* >= 0 */
    int16_t pad_left; /* >= 0 */
} lapel_transposed_shape;

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

/* Of one output pixel: the taps that reach it, by rows and columns. */
typedef struct {
    lapel_reached rows;
    lapel_reached columns;
} lapel_transposed_taps;

/* Weights of an output channel. */
LAPEL_INLINE size_t lapel_transposed_filter(const LAPEL_ROM lapel_transposed_shape *p)
{
    return (size_t)p->kernel_h * (size_t)p->kernel_w * (size_t)p->in_c;
}

/* The rows of taps that reach row i of y, and the columns that reach column j. */
LAPEL_INLINE lapel_reached lapel_transposed_rows(lapel_index i, const LAPEL_ROM lapel_transposed_shape *p)
{
    return lapel_reaching((lapel_index)(i + p->pad_top), p->kernel_h, p->stride_h, p->in_h);
}

LAPEL_INLINE lapel_reached lapel_transposed_columns(lapel_index j, const LAPEL_ROM lapel_transposed_shape *p)
{
    return lapel_reaching((lapel_index)(j + p->pad_left), p->kernel_w, p->stride_w, p->in_w);
}

#endif
