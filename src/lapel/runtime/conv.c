#include "conv.h"

/* The taps of one output pixel that lie inside x. */
typedef struct {
    lapel_runs runs;     /* of one column */
    lapel_index columns; /* one column of whole kernel rows where these are contiguous in x, else one a tap */
    lapel_index x_first; /* offset of the first tap inside, in the image */
    lapel_index w_first; /* the same tap in a channel's weights; their number if all taps are outside */
    lapel_index inside;  /* weights of a kernel row that are inside, contiguous */
    int8_t clipped;      /* 1: some tap is outside, and outside taps differ from x = 0 */
} lapel_conv_patch;

static void lapel_conv_locate(lapel_conv_patch *a, lapel_index top, lapel_index left,
                              const LAPEL_ROM lapel_conv_params *p)
{
    const lapel_span v = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);
    const lapel_span h = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);
    const lapel_index rows = (lapel_index)(v.end - v.first);
    const lapel_index taps = (lapel_index)(h.end - h.first);
    const lapel_index w_row = (lapel_index)(p->kernel_w * p->group_in);
    const int merge = p->dilation_w == 1 && p->groups == 1;

    a->inside = (lapel_index)(taps * p->group_in);
    a->columns = merge ? 1 : taps;
    a->runs.rows = rows;
    a->runs.run = merge ? a->inside : p->group_in;
    a->runs.x_skip = (lapel_index)(p->dilation_h * p->in_w * p->in_c - a->runs.run);
    a->runs.w_skip = (lapel_index)(w_row - a->runs.run);
    a->clipped = (int8_t)(p->x_zero != 0 && (rows < p->kernel_h || taps < p->kernel_w));
    if (rows == 0 || taps == 0) {
        a->runs.rows = 0;
        a->x_first = 0;
        a->w_first = (lapel_index)(p->kernel_h * w_row);
        return;
    }
    a->x_first = (lapel_index)(((top + v.first * p->dilation_h) * p->in_w + left + h.first * p->dilation_w) *
                               p->in_c);
    a->w_first = (lapel_index)(v.first * w_row + h.first * p->group_in);
}

/* Where the accumulator of output channel `o` starts: `bias` counts every tap at x = 0, outside ones are at x_zero. */
static int32_t lapel_conv_start(const LAPEL_ROM int8_t *w, lapel_index o, const lapel_conv_patch *a,
                                const LAPEL_ROM lapel_conv_params *p)
{
    const lapel_index w_row = (lapel_index)(p->kernel_w * p->group_in);
    const LAPEL_ROM int8_t *const end = w + p->kernel_h * w_row;
    const LAPEL_ROM int8_t *stop = w + a->w_first;
    int32_t sum = 0;

    if (!a->clipped) {
        return p->bias[o];
    }
    for (lapel_index row = a->runs.rows;; row--) {
        while (w < stop) {
            sum += *w++;
        }
        if (row == 0) {
            return p->bias[o] + p->x_zero * sum;
        }
        w += a->inside;
        stop = row > 1 ? w + w_row - a->inside : end;
    }
}

static inline void lapel_conv_store(int8_t *y, int32_t acc, lapel_index o, const LAPEL_ROM lapel_conv_params *p)
{
    const lapel_index c = p->per_channel ? o : 0;

    y[o] = lapel_clamp(lapel_requantize(acc, p->mul[c], p->shift[c]) + p->y_zero, p->lo, p->hi);
}

/* acc[2i + j] += pixel i times weight row j: two neighbouring pixels by two channels, four loads for four products. */
LAPEL_NOINLINE void lapel_conv_dot22(int32_t *acc, const int8_t *x, lapel_index x_next, const LAPEL_ROM int8_t *w,
                                    size_t w_next, const lapel_runs *r)
{
    const int8_t *x1 = x + x_next;
    const LAPEL_ROM int8_t *w1 = w + w_next;
    const lapel_index tail = r->run & 3;
    const lapel_index blocks = (lapel_index)(r->run - tail);
    int32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];

    for (lapel_index row = r->rows; row > 0; row--) {
        const int8_t *const stop = x + blocks;

        while (x != stop) {
            a0 += x[0] * w[0];
            a1 += x[0] * w1[0];
            a2 += x1[0] * w[0];
            a3 += x1[0] * w1[0];
            a0 += x[1] * w[1];
            a1 += x[1] * w1[1];
            a2 += x1[1] * w[1];
            a3 += x1[1] * w1[1];
            a0 += x[2] * w[2];
            a1 += x[2] * w1[2];
            a2 += x1[2] * w[2];
            a3 += x1[2] * w1[2];
            a0 += x[3] * w[3];
            a1 += x[3] * w1[3];
            a2 += x1[3] * w[3];
            a3 += x1[3] * w1[3];
            x += 4;
            x1 += 4;
            w += 4;
            w1 += 4;
        }
        for (lapel_index k = tail; k > 0; k--) {
            a0 += *x * *w;
            a1 += *x++ * *w1;
            a2 += *x1 * *w++;
            a3 += *x1++ * *w1++;
        }
        x += r->x_skip;
        x1 += r->x_skip;
        w += r->w_skip;
        w1 += r->w_skip;
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

/* One output channel of one pixel. */
static void lapel_conv_one(int8_t *y, const int8_t *x, const LAPEL_ROM int8_t *w, lapel_index o,
                           const lapel_conv_patch *a, const LAPEL_ROM lapel_conv_params *p)
{
    const lapel_index x_column = (lapel_index)(p->dilation_w * p->in_c);
    int32_t acc = lapel_conv_start(w, o, a, p);

    w += a->w_first;
    for (lapel_index i = 0; i < a->columns; i++) {
        acc = lapel_dot1(acc, x, w, &a->runs);
        x += x_column;
        w += p->group_in;
    }
    lapel_conv_store(y, acc, o, p);
}

/* Four output channels of one pixel. */
static void lapel_conv_four(int8_t *y, const int8_t *x, const LAPEL_ROM int8_t *w, lapel_index o,
                            const lapel_conv_patch *a, const LAPEL_ROM lapel_conv_params *p)
{
    const lapel_index x_column = (lapel_index)(p->dilation_w * p->in_c);
    const size_t w_next = (size_t)p->kernel_h * (size_t)p->kernel_w * (size_t)p->group_in;
    int32_t acc[4];

    for (lapel_index i = 0; i < 4; i++) {
        acc[i] = lapel_conv_start(w + (size_t)i * w_next, (lapel_index)(o + i), a, p);
    }
    w += a->w_first;
    for (lapel_index i = 0; i < a->columns; i++) {
        lapel_dot4(acc, x, w, w_next, &a->runs);
        x += x_column;
        w += p->group_in;
    }
    for (lapel_index i = 0; i < 4; i++) {
        lapel_conv_store(y, acc[i], (lapel_index)(o + i), p);
    }
}

/* Two output channels of two neighbouring pixels. */
static void lapel_conv_pair(int8_t *y, const int8_t *x, const LAPEL_ROM int8_t *w, lapel_index o,
                            const lapel_conv_patch *a, const LAPEL_ROM lapel_conv_params *p)
{
    const lapel_index x_column = (lapel_index)(p->dilation_w * p->in_c);
    const lapel_index x_next = (lapel_index)(p->stride_w * p->in_c);
    const size_t w_next = (size_t)p->kernel_h * (size_t)p->kernel_w * (size_t)p->group_in;
    int32_t acc[4];

    acc[0] = acc[2] = lapel_conv_start(w, o, a, p);
    acc[1] = acc[3] = lapel_conv_start(w + w_next, (lapel_index)(o + 1), a, p);
    w += a->w_first;
    for (lapel_index i = 0; i < a->columns; i++) {
        lapel_conv_dot22(acc, x, x_next, w, w_next, &a->runs);
        x += x_column;
        w += p->group_in;
    }
    lapel_conv_store(y, acc[0], o, p);
    lapel_conv_store(y, acc[1], (lapel_index)(o + 1), p);
    lapel_conv_store(y + p->out_c, acc[2], o, p);
    lapel_conv_store(y + p->out_c, acc[3], (lapel_index)(o + 1), p);
}

/* All channels of `pixels` (1 or 2) neighbouring pixels whose taps are at `a`. */
static void lapel_conv_pixels(int8_t *y, const int8_t *x, lapel_index pixels, const lapel_conv_patch *a,
                              const LAPEL_ROM lapel_conv_params *p)
{
    const size_t w_next = (size_t)p->kernel_h * (size_t)p->kernel_w * (size_t)p->group_in;
    const LAPEL_ROM int8_t *w = p->w;
    lapel_index o = 0;

    x += a->x_first;
    for (lapel_index end = p->group_out; end <= p->out_c; end = (lapel_index)(end + p->group_out)) {
        if (pixels == 2) {
            for (; o + 2 <= end; o = (lapel_index)(o + 2)) {
                lapel_conv_pair(y, x, w, o, a, p);
                w += 2 * w_next;
            }
        } else {
            for (; o + 4 <= end; o = (lapel_index)(o + 4)) {
                lapel_conv_four(y, x, w, o, a, p);
                w += 4 * w_next;
            }
        }
        for (; o < end; o++) {
            lapel_conv_one(y, x, w, o, a, p);
            if (pixels == 2) {
                lapel_conv_one(y + p->out_c, x + p->stride_w * p->in_c, w, o, a, p);
            }
            w += w_next;
        }
        x += p->group_in;
    }
}

static void lapel_conv_row(int8_t *y, const int8_t *x, lapel_index top, const LAPEL_ROM lapel_conv_params *p)
{
    for (lapel_index j = 0; j < p->out_w;) {
        const lapel_index pixels = j >= p->x_first && j + 1 < p->x_end ? 2 : 1;
        lapel_conv_patch a;

        lapel_conv_locate(&a, top, (lapel_index)(j * p->stride_w - p->pad_left), p);
        lapel_conv_pixels(y, x, pixels, &a, p);
        y += pixels * p->out_c;
        j = (lapel_index)(j + pixels);
    }
}

void lapel_conv(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            lapel_conv_row(y, x, (lapel_index)(i * p->stride_h - p->pad_top), p);
            y += p->out_w * p->out_c;
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}
