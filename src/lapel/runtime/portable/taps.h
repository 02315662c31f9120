/* Where the taps of a convolution lie in x and in its weights, one output pixel after the other. */
#ifndef LAPEL_TAPS_H
#define LAPEL_TAPS_H

#include "runs.h"
#include "window.h"

/* Of a convolution: x is [batches][in_h][in_w][in_c], w is [out_c][kernel_h][kernel_w][group_in]. */
typedef struct {
    lapel_index batches; /* >= 1 */
    lapel_index in_h;  /* >= 1 */
    lapel_index in_w;  /* >= 1 */
    lapel_index in_c;    /* in_c == groups * group_in */
    lapel_index out_h;  /* >= 1; out_h * stride_h + kernel_h * dilation_h <= 100000000 */
    lapel_index out_w;  /* >= 1; out_w * stride_w + kernel_w * dilation_w <= 100000000 */
    lapel_index out_c;   /* out_c == groups * group_out */
    lapel_index groups;  /* >= 1 */
    lapel_index group_in;  /* >= 1 */
    lapel_index group_out;  /* >= 1 */
    int16_t kernel_h;  /* >= 1 */
    int16_t kernel_w;  /* >= 1 */
    int16_t stride_h;  /* >= 1 */
    int16_t stride_w;  /* >= 1 */
    int16_t dilation_h;  /* >= 1 */
    int16_t dilation_w;  /* >= 1 */
    int16_t pad_top;
    int16_t pad_left;
} lapel_taps_shape;

/* Of one output pixel: the taps inside x, the first of them in x and in a channel's weights, and how they lie. */
typedef struct {
    lapel_index x_first;
    lapel_index w_first;
    lapel_index turns;  /* kernel rows that are not joined into the runs */
    lapel_index x_turn; /* from one of them to the next */
    lapel_index w_turn;
    lapel_runs runs;
} lapel_taps;

/* Weights of an output channel. */
LAPEL_INLINE size_t lapel_taps_filter(const LAPEL_ROM lapel_taps_shape *p)
{
    return (size_t)p->kernel_h * (size_t)p->kernel_w * (size_t)p->group_in;
}

/* The taps of pixel (i, j). Rows of a window are one run each where neighbouring taps are neighbours in x, else one run
 * for each tap. */
LAPEL_INLINE lapel_taps lapel_taps_find(lapel_index i, lapel_index j, const LAPEL_ROM lapel_taps_shape *p)
{
    const lapel_index top = (lapel_index)(i * p->stride_h - p->pad_top);
    const lapel_index left = (lapel_index)(j * p->stride_w - p->pad_left);
    const lapel_span rows = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);
    const lapel_span columns = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);
    const lapel_index row = (lapel_index)(top + rows.first * p->dilation_h);
    const lapel_index column = (lapel_index)(left + columns.first * p->dilation_w);
    const lapel_index count = (lapel_index)(columns.end - columns.first);
    const lapel_index x_row = (lapel_index)(p->dilation_h * p->in_w * p->in_c);
    const lapel_index w_row = (lapel_index)(p->kernel_w * p->group_in);
    lapel_taps t = {0, 0, 0, x_row, w_row, {0, p->group_in, 0, 0}};

    if (rows.first == rows.end || count == 0) {
        return t;
    }
    t.x_first = (lapel_index)((row * p->in_w + column) * p->in_c);
    t.w_first = (lapel_index)(rows.first * w_row + columns.first * p->group_in);
    t.turns = (lapel_index)(rows.end - rows.first);
    t.runs.rows = count;
    t.runs.x_skip = (lapel_index)(p->dilation_w * p->in_c - p->group_in);
    if (p->groups == 1 && p->dilation_w == 1) {
        t.runs.rows = t.turns;
        t.runs.run = (lapel_index)(count * p->in_c);
        t.runs.x_skip = (lapel_index)(x_row - t.runs.run);
        t.runs.w_skip = (lapel_index)(w_row - t.runs.run);
        t.turns = 1;
    }
    return t;
}

#endif
