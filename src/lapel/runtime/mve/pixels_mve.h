/* 2-D convolution over the pixels of images on Helium, of all output channels or a block of them: what `conv_mve` is,
 * and its variant whose weights are decoded. */
#ifndef LAPEL_PIXELS_MVE_H
#define LAPEL_PIXELS_MVE_H

#include "copy_mve.h"
#include "dot_mve.h"
#include "window.h"

#define LAPEL_CONV_MVE_WINDOWS 224 /* bytes of gathered windows, each a multiple of 16 */
#define LAPEL_CONV_MVE_ROWS 7      /* of kernels whose windows are read in place */
#define LAPEL_CONV_MVE_SHORT 2     /* direct: a window is one run of 1..16 values */

/* The images and the window, in flash. */
typedef struct {
    lapel_index batches; /* >= 1 */
    lapel_index in_h;    /* >= 1 */
    lapel_index in_w;    /* >= 1 */
    lapel_index in_c;    /* >= 1 */
    lapel_index out_h;   /* >= 1; (out_h * stride_h + kernel_h * dilation_h + pad_top) * in_w * in_c <= 200000000 */
    lapel_index out_w;   /* >= 1; (out_w * stride_w + kernel_w * dilation_w + pad_left) * in_c <= 200000000 */
    lapel_index out_c;   /* >= 1, from one pixel of y to the next */
    lapel_index x_first; /* 0..out_w; output columns x_first..x_end-1 have all taps of a row inside x:
                          * if x_first < x_end: x_first * stride_w >= pad_left;
                          * if x_first < x_end: (x_end - 1) * stride_w - pad_left + (kernel_w - 1) * dilation_w < in_w
                          * */
    lapel_index x_end;   /* x_first..out_w */
    int16_t kernel_h;    /* >= 1; if direct > 0: kernel_h <= LAPEL_CONV_MVE_ROWS */
    int16_t kernel_w;    /* >= 1 */
    int16_t stride_h;    /* >= 1 */
    int16_t stride_w;    /* >= 1 */
    int16_t dilation_h;  /* >= 1 */
    int16_t dilation_w;  /* >= 1; if direct > 0: dilation_w == 1 or kernel_w == 1 */
    int16_t pad_top;     /* >= 0 */
    int16_t pad_left;    /* >= 0 */
    int16_t x_zero; /* -128..127 */
    int8_t direct;  /* 0..LAPEL_CONV_MVE_SHORT: 0 if windows are gathered, else they are read in place;
                     * if direct == LAPEL_CONV_MVE_SHORT: kernel_h == 1 and kernel_w * in_c <= 16;
                     * a window with taps outside x is whole vectors:
                     * if direct > 0: in_c == up(in_c, 16) or (pad_top == 0 and pad_left == 0);
                     * if direct > 0: in_c == up(in_c, 16) or (out_h - 1) * stride_h + (kernel_h - 1) * dilation_h <
                     * in_h;
                     * if direct > 0: in_c == up(in_c, 16) or (out_w - 1) * stride_w + kernel_w <= in_w */
    int8_t windows; /* gathered at a time, 1 or an even number;
                     * if direct == 0: windows >= 1;
                     * if direct == 0: windows * up(kernel_h * kernel_w * in_c, 16) <= LAPEL_CONV_MVE_WINDOWS */
} lapel_conv_mve_shape;

/* Append values x_zero. */
static lapel_mve_run *lapel_conv_mve_outside(lapel_mve_run *run, lapel_index values)
{
    if (run->bytes < 0) {
        run->bytes = (lapel_index)(run->bytes - values);
    } else if (values > 0) {
        run++;
        run->bytes = (lapel_index)-values;
    }
    return run;
}

/* One pixel, its first tap at (top, left): runs of taps inside x and of x_zero, which contributes nothing. */
static void lapel_conv_mve_edge(int8_t *y, const int8_t *x, lapel_index top, lapel_index left,
                                const lapel_mve_job *j, const LAPEL_ROM lapel_conv_mve_shape *p)
{
    const lapel_span h = lapel_clip(left, p->kernel_w, 1, p->in_w);
    const lapel_index before = (lapel_index)(h.first * p->in_c);
    const lapel_index inside = (lapel_index)((h.end - h.first) * p->in_c);
    const lapel_index after = (lapel_index)((p->kernel_w - h.end) * p->in_c);
    lapel_mve_run runs[2 * LAPEL_CONV_MVE_ROWS + 3];
    lapel_mve_run *run = runs;
    lapel_index at = (lapel_index)((top * p->in_w + left) * p->in_c + before);

    run->bytes = 0; /* the list starts behind it */
    for (lapel_index u = p->kernel_h; u > 0; u--) {
        if (inside > 0 && top >= 0 && top < p->in_h) {
            run = lapel_conv_mve_outside(run, before) + 1;
            run->x = x + at;
            run->bytes = inside;
            run = lapel_conv_mve_outside(run, after);
        } else {
            run = lapel_conv_mve_outside(run, (lapel_index)(p->kernel_w * p->in_c));
        }
        at = (lapel_index)(at + p->dilation_h * p->in_w * p->in_c);
        top = (lapel_index)(top + p->dilation_h);
    }
    run[1].bytes = 0;
    lapel_mve_single(y, runs + 1, j);
}

/* One image whose windows are read in place. */
LAPEL_NOINLINE void lapel_conv_mve_direct(int8_t *y, const int8_t *x, const lapel_mve_job *j,
                                  const LAPEL_ROM lapel_conv_mve_shape *p)
{
    const lapel_index last = (lapel_index)((p->kernel_h - 1) * p->dilation_h);
    lapel_index top = (lapel_index)-p->pad_top;

    for (lapel_index n = p->out_h; n > 0; n--) {
        const lapel_index end = top >= 0 && top + last < p->in_h ? p->x_end : 0;
        lapel_index left = (lapel_index)-p->pad_left;

        for (lapel_index i = 0; i < p->out_w;) {
            lapel_index pixels = 1;

            if (i >= p->x_first && i + 1 < end) {
                const int8_t *first = x + (top * p->in_w + left) * p->in_c;

                pixels = (lapel_index)((end - i) & ~1);
                if (p->direct == LAPEL_CONV_MVE_SHORT) {
                    lapel_mve_short_pairs(y, first, j, pixels >> 1);
                } else {
                    lapel_mve_pairs(y, first, j, pixels >> 1);
                }
            } else {
                lapel_conv_mve_edge(y, x, top, left, j, p);
            }
            i = (lapel_index)(i + pixels);
            left = (lapel_index)(left + pixels * p->stride_w);
            y += pixels * p->out_c;
        }
        top = (lapel_index)(top + p->stride_h);
    }
}

/* Copy a window that has taps outside x, which are x_zero: its first tap is at (top, left), its rows v are in x. */
LAPEL_NOINLINE void lapel_conv_mve_partial(int8_t *to, const int8_t *x, lapel_index top, lapel_index left,
                                           lapel_span v, const LAPEL_ROM lapel_conv_mve_shape *p)
{
    const lapel_index whole = (lapel_index)(p->kernel_w * p->in_c);
    const lapel_index row = (lapel_index)(p->dilation_h * p->in_w * p->in_c);
    const lapel_mve_blocks shape = {(lapel_index)(v.end - v.first), whole, row, 0, 0};
    lapel_span h = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);

    lapel_mve_fill(to, p->x_zero, (lapel_index)(p->kernel_h * whole));
    if (v.first == v.end || h.first == h.end) {
        return;
    }
    to += v.first * whole + h.first * p->in_c;
    x += ((top + v.first * p->dilation_h) * p->in_w + left + h.first * p->dilation_w) * p->in_c;
    if (p->dilation_w == 1) {
        lapel_mve_copy(to, x, &shape, (lapel_index)((h.end - h.first) * p->in_c), 1);
        return;
    }
    for (; h.first < h.end; h.first++) {
        lapel_mve_copy(to, x, &shape, p->in_c, 1);
        to += p->in_c;
        x += p->dilation_w * p->in_c;
    }
}

/* The next pixel: its column in y, and the row in x of its first tap. */
typedef struct {
    lapel_index i;
    lapel_index top;
} lapel_conv_mve_place;

/* Gather the windows of the next n pixels, to one every s->to_next bytes. */
LAPEL_NOINLINE void lapel_conv_mve_gather(int8_t *to, const int8_t *x, lapel_conv_mve_place *at, lapel_index n,
                                          const lapel_mve_blocks *s, const LAPEL_ROM lapel_conv_mve_shape *p)
{
    while (n > 0) {
        const lapel_span v = lapel_clip(at->top, p->kernel_h, p->dilation_h, p->in_h);
        const lapel_index end = v.end - v.first == p->kernel_h && p->dilation_w == 1 ? p->x_end : 0;
        const lapel_index left = (lapel_index)(at->i * p->stride_w - p->pad_left);
        lapel_index count = 1;

        if (at->i >= p->x_first && at->i < end) {
            count = end - at->i < n ? (lapel_index)(end - at->i) : n;
            lapel_mve_copy(to, x + (at->top * p->in_w + left) * p->in_c, s, s->to_row, count);
        } else {
            lapel_conv_mve_partial(to, x, at->top, left, v, p);
        }
        to += count * s->to_next;
        n = (lapel_index)(n - count);
        at->i = (lapel_index)(at->i + count);
        if (at->i == p->out_w) {
            at->i = 0;
            at->top = (lapel_index)(at->top + p->stride_h);
        }
    }
}

/* One image whose windows are gathered, some at a time. */
LAPEL_NOINLINE void lapel_conv_mve_gathered(int8_t *y, const int8_t *x, const lapel_mve_job *j,
                                            const LAPEL_ROM lapel_conv_mve_shape *p)
{
    const lapel_mve_blocks shape = {p->kernel_h, (lapel_index)(p->kernel_w * p->in_c),
                                        (lapel_index)(p->dilation_h * p->in_w * p->in_c), j->x_next,
                                        (lapel_index)(p->stride_w * p->in_c)};
    int8_t windows[LAPEL_CONV_MVE_WINDOWS];
    lapel_conv_mve_place at = {0, (lapel_index)-p->pad_top};
    lapel_index n = p->windows;

    lapel_mve_fill(windows, 0, LAPEL_CONV_MVE_WINDOWS);
    for (lapel_index left = (lapel_index)(p->out_h * p->out_w); left > 0; left = (lapel_index)(left - n)) {
        n = n < left ? n : left;
        lapel_conv_mve_gather(windows, x, &at, n, &shape, p);
        if (n > 1) {
            lapel_mve_pairs(y, windows, j, n >> 1);
        }
        y += n * p->out_c;
        if (n & 1) {
            const lapel_mve_run runs[2] = {{windows + (n - 1) * shape.to_next, shape.to_next}, {windows, 0}};

            lapel_mve_single(y - p->out_c, runs, j);
        }
    }
}

/* All pixels of a job of which w, channels, zero, lo and hi are set. */
static void lapel_conv_mve_images(int8_t *y, const int8_t *x, lapel_mve_job *j,
                                  const LAPEL_ROM lapel_conv_mve_shape *p)
{
    const lapel_index run = (lapel_index)(p->kernel_w * p->in_c);

    j->out_c = p->out_c;
    j->x_zero = p->x_zero;
    if (p->direct) {
        lapel_mve_window(j, p->kernel_h, run, (lapel_index)(p->dilation_h * p->in_w * p->in_c));
        j->x_next = (lapel_index)(p->stride_w * p->in_c);
        if (p->direct == LAPEL_CONV_MVE_SHORT) {
            j->tail = run;
        }
    } else {
        j->x_next = (lapel_index)((p->kernel_h * run + 15) & ~15); /* without a tail, which takes longer */
        lapel_mve_window(j, 1, j->x_next, 0);
    }
    for (lapel_index n = p->batches; n > 0; n--) {
        if (p->direct) {
            lapel_conv_mve_direct(y, x, j, p);
        } else {
            lapel_conv_mve_gathered(y, x, j, p);
        }
        x += p->in_h * p->in_w * p->in_c;
        y += p->out_h * p->out_w * p->out_c;
    }
}

#endif
