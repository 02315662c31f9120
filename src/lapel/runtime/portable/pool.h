/* Params of the pools, which take each channel of a window for itself. */
#ifndef LAPEL_POOL_H
#define LAPEL_POOL_H

#include "window.h"

typedef struct {
    lapel_index batches; /* >= 1, as all sizes below */
    lapel_index in_h;
    lapel_index in_w;
    lapel_index channels;
    lapel_index out_h;
    lapel_index out_w;
    int16_t kernel_h;
    int16_t kernel_w;
    int16_t stride_h;
    int16_t stride_w;
    int16_t pad_top;
    int16_t pad_left;
} lapel_pool_window;

/* The rows of x that the windows of row i of y see, and the columns of those of column j. */
LAPEL_INLINE lapel_span lapel_pool_rows(lapel_index i, const LAPEL_ROM lapel_pool_window *w)
{
    return lapel_reach((lapel_index)(i * w->stride_h - w->pad_top), w->kernel_h, w->in_h);
}

LAPEL_INLINE lapel_span lapel_pool_columns(lapel_index j, const LAPEL_ROM lapel_pool_window *w)
{
    return lapel_reach((lapel_index)(j * w->stride_w - w->pad_left), w->kernel_w, w->in_w);
}

typedef struct {
    lapel_pool_window window;
    int8_t lo; /* clamp, lo <= hi */
    int8_t hi;
} lapel_pool_params;

typedef struct {
    lapel_pool_window window;
    int16_t lo; /* clamp, lo <= hi */
    int16_t hi;
} lapel_pool16_params;

typedef struct {
    lapel_pool_window window;
    float lo; /* clamp, lo <= hi */
    float hi;
} lapel_poolf32_params;

#endif
