#include "depthwise.h"

/* What all pixels of a layer share, and the taps of the current one that lie inside x, row by row. */
typedef struct {
    const LAPEL_ROM lapel_depthwise_params *p;
    lapel_output output;
    lapel_index pixels;  /* computed at once: 2 if the right neighbour's taps are inside x as well, else 1 */
    lapel_index x_next;  /* from one output pixel's taps to those of its right neighbour */
    lapel_index rows;
    lapel_index columns; /* taps in a row */
    lapel_index x_first; /* offset of the first tap inside, in the image */
    lapel_index x_step;  /* from one tap of a row to the next */
    lapel_index x_skip;  /* from behind the last tap of a row to the first of the next */
    lapel_index taps;    /* of the kernel */
    lapel_index w_first; /* taps before the first one inside; all of them if all are outside */
    lapel_index w_gap;   /* taps outside between one row's last tap inside and the next row's first */
    int8_t clipped;      /* 1: some tap is outside, and outside taps differ from x = 0 */
} lapel_depthwise_job;

/* Find the taps inside x of the pixel whose first tap is at (top, left). */
static void lapel_depthwise_locate(lapel_depthwise_job *j, lapel_index top, lapel_index left)
{
    const LAPEL_ROM lapel_depthwise_params *p = j->p;
    const lapel_span v = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);
    const lapel_span h = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);

    j->rows = (lapel_index)(v.end - v.first);
    j->columns = (lapel_index)(h.end - h.first);
    j->x_skip = (lapel_index)(p->dilation_h * p->in_w * p->in_c - j->columns * j->x_step);
    j->w_gap = (lapel_index)(p->kernel_w - j->columns);
    j->clipped = (int8_t)(p->x_zero != 0 && (j->rows < p->kernel_h || j->columns < p->kernel_w));
    if (j->rows == 0 || j->columns == 0) {
        j->rows = 0;
        j->x_first = 0;
        j->w_first = j->taps;
        return;
    }
    top = (lapel_index)(top + v.first * p->dilation_h);
    left = (lapel_index)(left + h.first * p->dilation_w);
    j->x_first = (lapel_index)((top * p->in_w + left) * p->in_c);
    j->w_first = (lapel_index)(v.first * p->kernel_w + h.first);
}

/* acc[i] += w[tap][i] * x[tap][i], four channels of x and of w; w is [taps][4]. */
LAPEL_NOINLINE void lapel_depthwise_apart(int32_t *acc, const int8_t *x, const LAPEL_ROM int8_t *w,
                                          const lapel_depthwise_job *j)
{
    const lapel_index x_step = j->x_step;
    const lapel_index x_row = (lapel_index)(3 * x_step + j->x_skip);
    int32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];

    w += 4 * j->w_first;
    if (j->columns == 3) {
        const int8_t *x1 = x + x_step, *x2 = x1 + x_step;
        const lapel_index w_row = (lapel_index)(12 + 4 * j->w_gap);

        for (lapel_index row = j->rows; row > 0; row--) {
            a0 += x[0] * w[0];
            a1 += x[1] * w[1];
            a2 += x[2] * w[2];
            a3 += x[3] * w[3];
            a0 += x1[0] * w[4];
            a1 += x1[1] * w[5];
            a2 += x1[2] * w[6];
            a3 += x1[3] * w[7];
            a0 += x2[0] * w[8];
            a1 += x2[1] * w[9];
            a2 += x2[2] * w[10];
            a3 += x2[3] * w[11];
            x += x_row;
            x1 += x_row;
            x2 += x_row;
            w += w_row;
        }
    } else {
        for (lapel_index row = j->rows; row > 0; row--) {
            for (lapel_index k = j->columns; k > 0; k--) {
                w += 4;
                a0 += x[0] * w[-4];
                a1 += x[1] * w[-3];
                a2 += x[2] * w[-2];
                a3 += x[3] * w[-1];
                x += x_step;
            }
            x += j->x_skip;
            w += 4 * j->w_gap;
        }
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

/* acc[i] += w[tap][i] * x[tap], four weights for one channel of x; w is [taps][4]. */
LAPEL_NOINLINE void lapel_depthwise_shared(int32_t *acc, const int8_t *x, const LAPEL_ROM int8_t *w,
                                           const lapel_depthwise_job *j)
{
    const lapel_index x_step = j->x_step;
    int32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];

    w += 4 * j->w_first;
    for (lapel_index row = j->rows; row > 0; row--) {
        for (lapel_index k = j->columns; k > 0; k--) {
            w += 4;
            a0 += *x * w[-4];
            a1 += *x * w[-3];
            a2 += *x * w[-2];
            a3 += *x * w[-1];
            x += x_step;
        }
        x += j->x_skip;
        w += 4 * j->w_gap;
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

static inline void lapel_depthwise_sum(int32_t *acc, const int8_t *x, const LAPEL_ROM int8_t *w,
                                       const lapel_depthwise_job *j)
{
    if (j->p->multiplier == 1) {
        lapel_depthwise_apart(acc, x, w, j);
    } else {
        lapel_depthwise_shared(acc, x, w, j);
    }
}

/* acc[i] += x_zero * w[tap][i] at the taps outside x, whose order is: gap, inside, gap, inside, …, gap. */
LAPEL_NOINLINE void lapel_depthwise_outside(int32_t *acc, const LAPEL_ROM int8_t *w, const lapel_depthwise_job *j)
{
    const int16_t zero = j->p->x_zero;
    lapel_index left = j->taps;
    lapel_index gap = j->w_first;
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;

    for (lapel_index row = j->rows;; row--) {
        left = (lapel_index)(left - gap - j->columns);
        for (; gap > 0; gap--) {
            w += 4;
            s0 += w[-4];
            s1 += w[-3];
            s2 += w[-2];
            s3 += w[-1];
        }
        if (row == 0) {
            break;
        }
        w += 4 * j->columns;
        gap = row > 1 ? j->w_gap : left;
    }
    acc[0] += zero * s0;
    acc[1] += zero * s1;
    acc[2] += zero * s2;
    acc[3] += zero * s3;
}

/* Output channels o..o+3 of `pixels` (1 or 2) neighbours; w is [taps][4]. */
static void lapel_depthwise_four(int8_t *y, const int8_t *x, const LAPEL_ROM int8_t *w, lapel_index o,
                                 const lapel_depthwise_job *j)
{
    const LAPEL_ROM int32_t *bias = j->p->bias + o;
    int32_t acc[8];

    acc[0] = bias[0];
    acc[1] = bias[1];
    acc[2] = bias[2];
    acc[3] = bias[3];
    if (j->clipped) {
        lapel_depthwise_outside(acc, w, j);
    }
    if (j->pixels == 2) {
        acc[4] = acc[0];
        acc[5] = acc[1];
        acc[6] = acc[2];
        acc[7] = acc[3];
        lapel_depthwise_sum(acc + 4, x + j->x_next, w, j);
    }
    lapel_depthwise_sum(acc, x, w, j);
    if (j->pixels == 2) {
        lapel_finish_pair(y + o, j->p->out_c, acc, o, &j->output);
    } else {
        lapel_finish(y + o, acc, o, 4, &j->output);
    }
}

/* Output channel o of one pixel: every tap in turn, inside or not; w is [taps]. */
static void lapel_depthwise_one(int8_t *y, const int8_t *x, const LAPEL_ROM int8_t *w, lapel_index o,
                                const lapel_depthwise_job *j)
{
    const int16_t zero = j->p->x_zero;
    lapel_index row = j->rows, column = 0, gap = j->w_first;
    int32_t acc = j->p->bias[o];

    for (lapel_index k = j->taps; k > 0; k--) {
        if (gap > 0) {
            acc += zero * *w++;
            gap--;
        } else {
            acc += *x * *w++;
            x += j->x_step;
            if (++column == j->columns) {
                x += j->x_skip;
                column = 0;
                gap = --row > 0 ? j->w_gap : k;
            }
        }
    }
    lapel_finish(y + o, &acc, o, 1, &j->output);
}

/* All channels of the current pixels: blocks of four, reading four channels of x (multiplier 1) or one, then the rest. */
static void lapel_depthwise_pixels(int8_t *y, const int8_t *x, const lapel_depthwise_job *j)
{
    const lapel_index channels = j->p->out_c, multiplier = j->p->multiplier, taps = j->taps;
    const lapel_index x_lane = multiplier == 1, lanes = x_lane ? channels : multiplier;
    const LAPEL_ROM int8_t *w = j->p->w;
    lapel_index o = 0;

    x += j->x_first;
    for (lapel_index end = lanes; end <= channels; end = (lapel_index)(end + lanes)) {
        for (; o + 4 <= end; o = (lapel_index)(o + 4)) {
            lapel_depthwise_four(y, x, w, o, j);
            x += 4 * x_lane;
            w += 4 * taps;
        }
        for (; o < end; o++) {
            lapel_depthwise_one(y, x, w, o, j);
            if (j->pixels == 2) {
                lapel_depthwise_one(y + channels, x + j->x_next, w, o, j);
            }
            x += x_lane;
            w += taps;
        }
        x++;
    }
}

/* One row of output pixels whose first taps are in row `top` of x. */
static void lapel_depthwise_row(int8_t *y, const int8_t *x, lapel_index top, lapel_depthwise_job *j)
{
    const LAPEL_ROM lapel_depthwise_params *p = j->p;

    for (lapel_index i = 0; i < p->out_w; i = (lapel_index)(i + j->pixels)) {
        if (i > p->x_first && i < p->x_end) {
            j->x_first = (lapel_index)(j->x_first + 2 * j->x_next);
        } else {
            lapel_depthwise_locate(j, top, (lapel_index)(i * p->stride_w - p->pad_left));
        }
        j->pixels = i >= p->x_first && i + 1 < p->x_end ? 2 : 1;
        lapel_depthwise_pixels(y, x, j);
        y += j->pixels * p->out_c;
    }
}

void lapel_depthwise(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_params *p)
{
    const lapel_output output = {p->mul, p->shift, p->per_channel, p->lo, p->hi, p->plain, p->y_zero};
    lapel_depthwise_job j;

    j.p = p;
    j.output = output;
    j.x_next = (lapel_index)(p->stride_w * p->in_c);
    j.x_step = (lapel_index)(p->dilation_w * p->in_c);
    j.taps = (lapel_index)(p->kernel_h * p->kernel_w);
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            lapel_depthwise_row(y, x, (lapel_index)(i * p->stride_h - p->pad_top), &j);
            y += p->out_w * p->out_c;
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}
