#include "depthwise.h"

/* The taps of one output pixel that lie inside x, row by row. */
typedef struct {
    lapel_index rows;
    lapel_index columns; /* taps in a row */
    lapel_index x_first; /* offset of the first tap inside, in the image */
    lapel_index x_step;  /* from one tap of a row to the next */
    lapel_index x_skip;  /* from behind the last tap of a row to the first of the next */
    lapel_index w_first; /* taps before the first one inside; their number if all are outside */
    lapel_index w_step;
    lapel_index w_skip;
    int8_t clipped;      /* 1: some tap is outside, and outside taps differ from x = 0 */
} lapel_depthwise_patch;

static void lapel_depthwise_locate(lapel_depthwise_patch *a, lapel_index top, lapel_index left,
                                   const LAPEL_ROM lapel_depthwise_params *p)
{
    const lapel_span v = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);
    const lapel_span h = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);

    a->rows = (lapel_index)(v.end - v.first);
    a->columns = (lapel_index)(h.end - h.first);
    a->x_step = (lapel_index)(p->dilation_w * p->in_c);
    a->x_skip = (lapel_index)(p->dilation_h * p->in_w * p->in_c - a->columns * a->x_step);
    a->w_step = p->out_c;
    a->w_skip = (lapel_index)((p->kernel_w - a->columns) * p->out_c);
    a->clipped = (int8_t)(p->x_zero != 0 && (a->rows < p->kernel_h || a->columns < p->kernel_w));
    if (a->rows == 0 || a->columns == 0) {
        a->rows = 0;
        a->x_first = 0;
        a->w_first = (lapel_index)(p->kernel_h * p->kernel_w);
        return;
    }
    a->x_first = (lapel_index)(((top + v.first * p->dilation_h) * p->in_w + left + h.first * p->dilation_w) *
                               p->in_c);
    a->w_first = (lapel_index)(v.first * p->kernel_w + h.first);
}

/* acc[i] += w[tap][i] * x[tap][i], four channels of x and of w. */
LAPEL_NOINLINE void lapel_depthwise_each(int32_t *acc, const int8_t *x, const LAPEL_ROM int8_t *w,
                                         const lapel_depthwise_patch *a)
{
    const lapel_index x_step = a->x_step, w_step = a->w_step;
    int32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];

    for (lapel_index row = a->rows; row > 0; row--) {
        for (lapel_index k = a->columns; k > 0; k--) {
            a0 += x[0] * w[0];
            a1 += x[1] * w[1];
            a2 += x[2] * w[2];
            a3 += x[3] * w[3];
            x += x_step;
            w += w_step;
        }
        x += a->x_skip;
        w += a->w_skip;
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

/* acc[i] += w[tap][i] * x[tap], four weights for one channel of x. */
LAPEL_NOINLINE void lapel_depthwise_same(int32_t *acc, const int8_t *x, const LAPEL_ROM int8_t *w,
                                         const lapel_depthwise_patch *a)
{
    int32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];

    for (lapel_index row = a->rows; row > 0; row--) {
        for (lapel_index k = a->columns; k > 0; k--) {
            a0 += *x * w[0];
            a1 += *x * w[1];
            a2 += *x * w[2];
            a3 += *x * w[3];
            x += a->x_step;
            w += a->w_step;
        }
        x += a->x_skip;
        w += a->w_skip;
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

static void lapel_depthwise_one(int32_t *acc, const int8_t *x, const LAPEL_ROM int8_t *w,
                                const lapel_depthwise_patch *a)
{
    for (lapel_index row = a->rows; row > 0; row--) {
        for (lapel_index k = a->columns; k > 0; k--) {
            *acc += *x * *w;
            x += a->x_step;
            w += a->w_step;
        }
        x += a->x_skip;
        w += a->w_skip;
    }
}

/* Sum of channel w's weights at the taps outside x. The order of the taps is: gap, row, gap, row, …, gap. */
static int32_t lapel_depthwise_outside(const LAPEL_ROM int8_t *w, const lapel_depthwise_patch *a,
                                       const LAPEL_ROM lapel_depthwise_params *p)
{
    lapel_index left = (lapel_index)(p->kernel_h * p->kernel_w);
    lapel_index gap = a->w_first;
    int32_t sum = 0;

    for (lapel_index row = a->rows;; row--) {
        left = (lapel_index)(left - gap - a->columns);
        for (; gap > 0; gap--) {
            sum += *w;
            w += a->w_step;
        }
        if (row == 0) {
            return sum;
        }
        w += a->columns * a->w_step;
        gap = row > 1 ? (lapel_index)(p->kernel_w - a->columns) : left;
    }
}

/* `count` (1 or 4) output channels from `o` of one pixel; x points at the first tap inside of the channel. */
static void lapel_depthwise_channels(int8_t *y, const int8_t *x, lapel_index o, lapel_index count,
                                     const lapel_depthwise_patch *a, const LAPEL_ROM lapel_depthwise_params *p)
{
    const LAPEL_ROM int8_t *w = p->w + o;
    int32_t acc[4];

    for (lapel_index i = 0; i < count; i++) {
        acc[i] = p->bias[o + i];
        if (a->clipped) {
            acc[i] += p->x_zero * lapel_depthwise_outside(w + i, a, p);
        }
    }
    w += a->w_first * a->w_step;
    if (count == 1) {
        lapel_depthwise_one(acc, x, w, a);
    } else if (p->multiplier == 1) {
        lapel_depthwise_each(acc, x, w, a);
    } else {
        lapel_depthwise_same(acc, x, w, a);
    }
    for (lapel_index i = 0; i < count; i++) {
        const lapel_index c = p->per_channel ? (lapel_index)(o + i) : 0;

        y[o + i] = lapel_clamp(lapel_requantize(acc[i], p->mul[c], p->shift[c]) + p->y_zero, p->lo, p->hi);
    }
}

/* All channels of one pixel: blocks of four that read four inputs (multiplier 1) or one, then the rest. */
static void lapel_depthwise_pixel(int8_t *y, const int8_t *x, const lapel_depthwise_patch *a,
                                  const LAPEL_ROM lapel_depthwise_params *p)
{
    const int single = p->multiplier == 1;
    const lapel_index lanes = single ? p->out_c : p->multiplier;
    lapel_index count;

    x += a->x_first;
    for (lapel_index base = 0; base < p->out_c; base = (lapel_index)(base + lanes)) {
        for (lapel_index i = 0; i < lanes; i = (lapel_index)(i + count)) {
            count = lanes - i < 4 ? 1 : 4;
            lapel_depthwise_channels(y, single ? x + i : x, (lapel_index)(base + i), count, a, p);
        }
        x++;
    }
}

void lapel_depthwise(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            for (lapel_index j = 0; j < p->out_w; j++) {
                lapel_depthwise_patch a;

                lapel_depthwise_locate(&a, (lapel_index)(i * p->stride_h - p->pad_top),
                                       (lapel_index)(j * p->stride_w - p->pad_left), p);
                lapel_depthwise_pixel(y, x, &a, p);
                y += p->out_c;
            }
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}
