/* 2-D convolution over the pixels of images, of all output channels or a block of them: what `conv` is, and its
 * variants whose weights are decoded. */
#ifndef LAPEL_CONVPIXELS_H
#define LAPEL_CONVPIXELS_H

#include "dot.h"
#include "finish.h"
#include "window.h"

/* The images and the window, in flash. */
typedef struct {
    int8_t *scratch;      /* [2 * kernel_h * kernel_w * in_c] if gather, else [0]: the windows of two pixels */
    lapel_index batches;  /* >= 1 */
    lapel_index in_h;     /* >= 1 */
    lapel_index in_w;     /* >= 1 */
    lapel_index in_c;     /* in_c == groups * group_in */
    lapel_index out_h;    /* >= 1; out_h * stride_h + kernel_h * dilation_h <= 100000000 */
    lapel_index out_w;    /* >= 1; out_w * stride_w + kernel_w * dilation_w <= 100000000 */
    lapel_index out_c;    /* >= 1, from one pixel of y to the next */
    lapel_index x_first;  /* 0..out_w; output columns x_first..x_end-1 have all taps of a row inside x:
                           * if x_first < x_end: x_first * stride_w >= pad_left;
                           * if x_first < x_end: (x_end - 1) * stride_w - pad_left + (kernel_w - 1) * dilation_w < in_w
                           * */
    lapel_index x_end;    /* x_first..out_w */
    lapel_index groups;   /* >= 1 */
    lapel_index group_in; /* >= 1 */
    int16_t kernel_h;     /* >= 1 */
    int16_t kernel_w;     /* >= 1 */
    int16_t stride_h;     /* >= 1 */
    int16_t stride_w;     /* >= 1 */
    int16_t dilation_h;   /* >= 1 */
    int16_t dilation_w;   /* >= 1 */
    int16_t pad_top;
    int16_t pad_left;
    int16_t x_zero;       /* -128..127 */
    int8_t gather;        /* 0 or 1: windows are gathered, as a rule of 64 values at most;
                           * if gather: groups == 1 and dilation_w == 1 */
} lapel_conv_shape;

/* Windows of at most so many values are copied to scratch, two pixels at a time: short runs are slow, and so are
 * windows that stick out of x. */
#define LAPEL_CONV_GATHER 64

/* What all pixels share, and the taps of the current one that lie inside x. */
typedef struct {
    const LAPEL_ROM lapel_conv_shape *p;
    const LAPEL_ROM int8_t *w;     /* [groups * channels][kernel_h][kernel_w][group_in] */
    const LAPEL_ROM int32_t *bias; /* [groups * channels], less x_zero * (sum of the channel's weights) */
    lapel_index channels;          /* of a group, that are computed */
    lapel_output output;
    size_t w_next;        /* from one output channel's weights to the next */
    lapel_index x_next;   /* from one output pixel's taps to those of its right neighbour */
    lapel_index x_column; /* from one tap to the next in a row of x */
    lapel_runs runs;      /* of one column */
    lapel_index columns;  /* one column of whole kernel rows where these are contiguous in x, else one a tap */
    lapel_index x_first;  /* offset of the first tap inside, in the image */
    lapel_index w_first;  /* the same tap in a channel's weights; their number if all taps are outside */
    lapel_index inside;   /* weights of a kernel row that are inside, contiguous */
    int8_t clipped;       /* 1: some tap is outside, and outside taps differ from x = 0 */
} lapel_conv_job;

/* Find the taps inside x of the pixel whose first tap is at (top, left). */
static void lapel_conv_locate(lapel_conv_job *j, lapel_index top, lapel_index left)
{
    const LAPEL_ROM lapel_conv_shape *p = j->p;
    const lapel_span v = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);
    const lapel_span h = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);
    const lapel_index rows = (lapel_index)(v.end - v.first);
    const lapel_index taps = (lapel_index)(h.end - h.first);
    const lapel_index w_row = (lapel_index)(p->kernel_w * p->group_in);
    const int merge = p->dilation_w == 1 && p->groups == 1;

    j->inside = (lapel_index)(taps * p->group_in);
    j->columns = merge ? 1 : taps;
    j->runs.rows = rows;
    j->runs.run = merge ? j->inside : p->group_in;
    j->runs.x_skip = (lapel_index)(p->dilation_h * p->in_w * p->in_c - j->runs.run);
    j->runs.w_skip = (lapel_index)(w_row - j->runs.run);
    j->clipped = (int8_t)(p->x_zero != 0 && (rows < p->kernel_h || taps < p->kernel_w));
    if (rows == 0 || taps == 0) {
        j->runs.rows = j->columns = 0;
        j->x_first = 0;
        j->w_first = (lapel_index)(p->kernel_h * w_row);
        return;
    }
    top = (lapel_index)(top + v.first * p->dilation_h);
    left = (lapel_index)(left + h.first * p->dilation_w);
    j->x_first = (lapel_index)((top * p->in_w + left) * p->in_c);
    j->w_first = (lapel_index)(v.first * w_row + h.first * p->group_in);
}

/* Sum of a channel's weights at the taps outside x, whose order is: gap, inside, gap, inside, …, gap. */
LAPEL_NOINLINE int32_t lapel_conv_outside(const LAPEL_ROM int8_t *w, const lapel_conv_job *j)
{
    const lapel_index w_row = (lapel_index)(j->runs.run + j->runs.w_skip);
    const LAPEL_ROM int8_t *const end = w + j->w_next;
    const LAPEL_ROM int8_t *stop = w + j->w_first;
    int32_t sum = 0;

    for (lapel_index row = j->runs.rows;; row--) {
        while (w != stop) {
            sum += *w++;
        }
        if (row == 0) {
            return sum;
        }
        w += j->inside;
        stop = row > 1 ? w + w_row - j->inside : end;
    }
}

/* acc = where the accumulators of `count` channels from o start: `bias` counts every tap at x = 0. */
static inline void lapel_conv_start(int32_t *acc, const LAPEL_ROM int8_t *w, lapel_index o, lapel_index count,
                                    const lapel_conv_job *j)
{
    const LAPEL_ROM int32_t *bias = j->bias + o;

    for (lapel_index i = 0; i < count; i++) {
        acc[i] = bias[i];
    }
    if (!j->clipped) {
        return;
    }
    for (lapel_index i = 0; i < count; i++) {
        acc[i] += j->p->x_zero * lapel_conv_outside(w, j);
        w += j->w_next;
    }
}

/* acc[4i + j] += pixel i times weight row j, two neighbours by four channels, two channels at a time: four loads make
 * four products. There is at least one run. */
LAPEL_NOINLINE void lapel_conv_dot24(int32_t *acc, const int8_t *x, const LAPEL_ROM int8_t *w,
                                     const lapel_conv_job *j)
{
    const lapel_index tail = j->runs.run & 3;
    const lapel_index blocks = j->runs.run >> 2;

    for (int32_t *const end = acc + 4; acc != end; acc += 2) {
        const int8_t *x0 = x, *x1 = x + j->x_next;
        const LAPEL_ROM int8_t *w0 = w, *w1 = w + j->w_next;
        int32_t a0 = acc[0], a1 = acc[1], a2 = acc[4], a3 = acc[5];

        for (lapel_index row = j->runs.rows;;) {
            for (lapel_index k = blocks; k > 0; k--) {
                x0 += 4;
                x1 += 4;
                w0 += 4;
                w1 += 4;
                a0 += x0[-4] * w0[-4];
                a1 += x0[-4] * w1[-4];
                a2 += x1[-4] * w0[-4];
                a3 += x1[-4] * w1[-4];
                a0 += x0[-3] * w0[-3];
                a1 += x0[-3] * w1[-3];
                a2 += x1[-3] * w0[-3];
                a3 += x1[-3] * w1[-3];
                a0 += x0[-2] * w0[-2];
                a1 += x0[-2] * w1[-2];
                a2 += x1[-2] * w0[-2];
                a3 += x1[-2] * w1[-2];
                a0 += x0[-1] * w0[-1];
                a1 += x0[-1] * w1[-1];
                a2 += x1[-1] * w0[-1];
                a3 += x1[-1] * w1[-1];
            }
            for (lapel_index k = tail; k > 0; k--) {
                a0 += *x0 * *w0;
                a1 += *x0++ * *w1;
                a2 += *x1 * *w0++;
                a3 += *x1++ * *w1++;
            }
            if (--row <= 0) {
                break;
            }
            x0 += j->runs.x_skip;
            x1 += j->runs.x_skip;
            w0 += j->runs.w_skip;
            w1 += j->runs.w_skip;
        }
        acc[0] = a0;
        acc[1] = a1;
        acc[4] = a2;
        acc[5] = a3;
        w += 2 * j->w_next;
    }
}

/* Four output channels of two neighbouring pixels. */
static inline void lapel_conv_eight(int8_t *y, const int8_t *x, const LAPEL_ROM int8_t *w, lapel_index o,
                                    const lapel_conv_job *j)
{
    int32_t acc[8];

    lapel_conv_start(acc, w, o, 4, j);
    for (lapel_index i = 0; i < 4; i++) {
        acc[4 + i] = acc[i];
    }
    w += j->w_first;
    for (lapel_index i = j->columns; i > 0; i--) {
        lapel_conv_dot24(acc, x, w, j);
        x += j->x_column;
        w += j->p->group_in;
    }
    lapel_finish_pair(y + o, j->p->out_c, acc, o, &j->output);
}

/* Four output channels of one pixel. */
static inline void lapel_conv_four(int8_t *y, const int8_t *x, const LAPEL_ROM int8_t *w, lapel_index o,
                                   const lapel_conv_job *j)
{
    int32_t acc[4];

    lapel_conv_start(acc, w, o, 4, j);
    w += j->w_first;
    for (lapel_index i = j->columns; i > 0; i--) {
        lapel_dot4(acc, x, w, j->w_next, &j->runs);
        x += j->x_column;
        w += j->p->group_in;
    }
    lapel_finish(y + o, acc, o, 4, &j->output);
}

/* One output channel of one pixel. */
LAPEL_NOINLINE void lapel_conv_one(int8_t *y, const int8_t *x, const LAPEL_ROM int8_t *w, lapel_index o,
                                   const lapel_conv_job *j)
{
    int32_t acc;

    lapel_conv_start(&acc, w, o, 1, j);
    w += j->w_first;
    for (lapel_index i = j->columns; i > 0; i--) {
        acc = lapel_dot1(acc, x, w, &j->runs);
        x += j->x_column;
        w += j->p->group_in;
    }
    lapel_finish(y + o, &acc, o, 1, &j->output);
}

/* All channels of `pixels` (1 or 2) neighbouring pixels: blocks of four in each group, then the rest one by one. */
LAPEL_NOINLINE void lapel_conv_pixels(int8_t *y, const int8_t *x, lapel_index pixels, const lapel_conv_job *j)
{
    const LAPEL_ROM lapel_conv_shape *p = j->p;
    const LAPEL_ROM int8_t *w = j->w;
    lapel_index o = 0, end = 0;

    x += j->x_first;
    for (lapel_index group = p->groups; group > 0; group--) {
        end = (lapel_index)(end + j->channels);
        for (; o + 4 <= end; o = (lapel_index)(o + 4)) {
            if (pixels == 2) {
                lapel_conv_eight(y, x, w, o, j);
            } else {
                lapel_conv_four(y, x, w, o, j);
            }
            w += 4 * j->w_next;
        }
        for (; o < end; o++) {
            lapel_conv_one(y, x, w, o, j);
            if (pixels == 2) {
                lapel_conv_one(y + p->out_c, x + j->x_next, w, o, j);
            }
            w += j->w_next;
        }
        x += p->group_in;
    }
}

/* One row of output pixels whose first taps are in row `top` of x. */
static void lapel_conv_row(int8_t *y, const int8_t *x, lapel_index top, lapel_conv_job *j)
{
    const LAPEL_ROM lapel_conv_shape *p = j->p;
    lapel_index pixels;

    for (lapel_index i = 0; i < p->out_w; i = (lapel_index)(i + pixels)) {
        pixels = i >= p->x_first && i + 1 < p->x_end ? 2 : 1;
        if (i > p->x_first && i < p->x_end) {
            j->x_first = (lapel_index)(j->x_first + 2 * j->x_next);
        } else {
            lapel_conv_locate(j, top, (lapel_index)(i * p->stride_w - p->pad_left));
        }
        lapel_conv_pixels(y, x, pixels, j);
        y += pixels * p->out_c;
    }
}

static int8_t *lapel_conv_fill(int8_t *to, int8_t value, lapel_index count)
{
    for (; count > 0; count--) {
        *to++ = value;
    }
    return to;
}

/* Copy the window whose first tap is at (top, left); taps outside x are x_zero, which contributes nothing. */
static int8_t *lapel_conv_gather(int8_t *to, const int8_t *x, lapel_index top, lapel_index left,
                                 const LAPEL_ROM lapel_conv_shape *p)
{
    const lapel_span h = lapel_clip(left, p->kernel_w, 1, p->in_w);
    const lapel_index before = (lapel_index)(h.first * p->in_c);
    const lapel_index inside = (lapel_index)((h.end - h.first) * p->in_c);
    const lapel_index whole = (lapel_index)(p->kernel_w * p->in_c), behind = (lapel_index)(whole - before - inside);
    const lapel_index line = (lapel_index)(p->in_w * p->in_c), step = p->dilation_h, in_h = p->in_h;
    const lapel_index stop = (lapel_index)(top + p->kernel_h * step);
    const int8_t zero = (int8_t)p->x_zero;

    x += inside > 0 ? (left + h.first) * p->in_c : 0;
    for (; top != stop; top = (lapel_index)(top + step)) {
        if (top < 0 || top >= in_h) {
            to = lapel_conv_fill(to, zero, whole);
        } else {
            const int8_t *from = x + top * line;

            to = lapel_conv_fill(to, zero, before);
            for (lapel_index k = inside; k > 0; k--) {
                *to++ = *from++;
            }
            to = lapel_conv_fill(to, zero, behind);
        }
    }
    return to;
}

/* The same row from gathered windows: each is one run, and every pixel has a neighbour. */
static void lapel_conv_gathered_row(int8_t *y, const int8_t *x, lapel_index top, const lapel_conv_job *j)
{
    const LAPEL_ROM lapel_conv_shape *p = j->p;
    lapel_index left = (lapel_index)-p->pad_left;

    for (lapel_index i = 0; i < p->out_w; i = (lapel_index)(i + 2)) {
        const lapel_index pixels = i + 1 < p->out_w ? 2 : 1;
        int8_t *to = p->scratch;

        for (lapel_index k = 0; k < pixels; k++) {
            to = lapel_conv_gather(to, x, top, left, p);
            left = (lapel_index)(left + p->stride_w);
        }
        lapel_conv_pixels(y, p->scratch, pixels, j);
        y += pixels * p->out_c;
    }
}

/* All pixels of a job of which p, w, bias, channels and output are set. */
static void lapel_conv_images(int8_t *y, const int8_t *x, lapel_conv_job *j)
{
    const LAPEL_ROM lapel_conv_shape *p = j->p;

    j->w_next = (size_t)p->kernel_h * (size_t)p->kernel_w * (size_t)p->group_in;
    j->x_next = (lapel_index)(p->gather ? (lapel_index)j->w_next : p->stride_w * p->in_c);
    j->x_column = (lapel_index)(p->dilation_w * p->in_c);
    if (p->gather) {
        const lapel_runs whole = {1, (lapel_index)j->w_next, 0, 0};

        j->runs = whole;
        j->columns = 1;
        j->x_first = j->w_first = 0;
        j->clipped = 0;
    }
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = (lapel_index)(i * p->stride_h - p->pad_top);

            if (p->gather) {
                lapel_conv_gathered_row(y, x, top, j);
            } else {
                lapel_conv_row(y, x, top, j);
            }
            y += p->out_w * p->out_c;
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}

#endif
