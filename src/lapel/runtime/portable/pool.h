/* Windows of the pools, which take each channel for itself. */
#ifndef LAPEL_POOL_H
#define LAPEL_POOL_H

#include "window.h"

typedef struct {
    lapel_index batches;  /* >= 1 */
    lapel_index in_h;     /* >= 1 */
    lapel_index in_w;     /* >= 1 */
    lapel_index channels; /* >= 1 */
    lapel_index out_h;    /* >= 1; every window has a row of x: (out_h - 1) * stride_h - pad_top < in_h */
    lapel_index out_w;    /* >= 1; and a column: (out_w - 1) * stride_w - pad_left < in_w */
    int16_t kernel_h;     /* >= 1; kernel_h > pad_top */
    int16_t kernel_w;     /* >= 1; kernel_w > pad_left */
    int16_t stride_h;     /* >= 1 */
    int16_t stride_w;     /* >= 1 */
    int16_t pad_top;
    int16_t pad_left;
} lapel_pool_shape;

/* The rows of x that the windows of row i of y see, and the columns of those of column j. */
LAPEL_INLINE lapel_span lapel_pool_rows(lapel_index i, const LAPEL_ROM lapel_pool_shape *s)
{
    return lapel_reach((lapel_index)(i * s->stride_h - s->pad_top), s->kernel_h, s->in_h);
}

LAPEL_INLINE lapel_span lapel_pool_columns(lapel_index j, const LAPEL_ROM lapel_pool_shape *s)
{
    return lapel_reach((lapel_index)(j * s->stride_w - s->pad_left), s->kernel_w, s->in_w);
}

#endif
