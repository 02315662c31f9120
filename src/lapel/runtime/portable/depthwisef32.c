#include "depthwisef32.h"

/* The taps inside x of an output pixel: how many, and how they lie in x and w. */
typedef struct {
    lapel_index rows;
    lapel_index columns;
    lapel_index x_step; /* from one tap of a row to the next */
    lapel_index w_step;
    lapel_index x_skip; /* from behind a row's last tap to the next row */
    lapel_index w_skip;
} lapel_depthwisef32_span;

/* acc and the taps of one output channel. */
LAPEL_NOINLINE float lapel_depthwisef32_sum(float acc, const float *x, const LAPEL_ROM float *w,
                                            const lapel_depthwisef32_span *s)
{
    for (lapel_index u = s->rows; u > 0; u--) {
        for (lapel_index v = s->columns; v > 0; v--) {
            acc = lapel_float_alone(acc + *x * *w);
            x += s->x_step;
            w += s->w_step;
        }
        x += s->x_skip;
        w += s->w_skip;
    }
    return acc;
}

static void lapel_depthwisef32_pixel(float *y, const float *x, const LAPEL_ROM float *w, const lapel_depthwisef32_span *s,
                                     const LAPEL_ROM lapel_depthwisef32_params *p)
{
    const LAPEL_ROM float *bias = p->bias;

    for (lapel_index c = p->in_c; c > 0; c--) {
        for (lapel_index m = p->multiplier; m > 0; m--) {
            *y++ = lapel_limitf32_value(lapel_depthwisef32_sum(*bias++, x, w, s), p->lo, p->hi);
            w++;
        }
        x++;
    }
}

/* The taps rows x columns of a window at x. */
static lapel_depthwisef32_span lapel_depthwisef32_taps(lapel_span rows, lapel_span columns,
                                                       const LAPEL_ROM lapel_depthwisef32_params *p)
{
    lapel_depthwisef32_span s;

    s.rows = (lapel_index)(rows.end - rows.first);
    s.columns = (lapel_index)(columns.end - columns.first);
    s.rows = s.columns == 0 ? 0 : s.rows;
    s.x_step = (lapel_index)(p->dilation_w * p->in_c);
    s.w_step = p->out_c;
    s.x_skip = (lapel_index)(p->dilation_h * p->in_w * p->in_c - s.columns * s.x_step);
    s.w_skip = (lapel_index)((p->kernel_w - s.columns) * p->out_c);
    return s;
}

void lapel_depthwisef32(float *y, const float *x, const LAPEL_ROM lapel_depthwisef32_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = (lapel_index)(i * p->stride_h - p->pad_top);
            const lapel_span rows = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);

            for (lapel_index j = 0; j < p->out_w; j++) {
                const lapel_index left = (lapel_index)(j * p->stride_w - p->pad_left);
                const lapel_span columns = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);
                const lapel_depthwisef32_span s = lapel_depthwisef32_taps(rows, columns, p);
                const float *at = x;
                const LAPEL_ROM float *w = p->w;

                if (s.rows > 0) {
                    at += ((top + rows.first * p->dilation_h) * p->in_w + left + columns.first * p->dilation_w) * p->in_c;
                    w += (rows.first * p->kernel_w + columns.first) * p->out_c;
                }
                lapel_depthwisef32_pixel(y, at, w, &s, p);
                y += p->out_c;
            }
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}
