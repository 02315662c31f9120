#include "conv_mve_large.h"

/* Copy a group's window, its first tap at (top, left) of the image; taps outside x are x_zero. x: the group's first
 * channel of the image. */
LAPEL_NOINLINE void lapel_conv_mve_large_gather(int8_t *to, const int8_t *x, lapel_index top, lapel_index left,
                                                const LAPEL_ROM lapel_conv_mve_large_params *p)
{
    const LAPEL_ROM lapel_taps_shape *s = &p->shape;
    const lapel_span v = lapel_clip(top, s->kernel_h, s->dilation_h, s->in_h);
    const lapel_span h = lapel_clip(left, s->kernel_w, s->dilation_w, s->in_w);
    const lapel_index rows = (lapel_index)(v.end - v.first), columns = (lapel_index)(h.end - h.first);
    const lapel_index row = (lapel_index)(s->kernel_w * s->group_in), step = (lapel_index)(s->dilation_w * s->in_c);
    const int merge = step == s->group_in; /* the taps of a row are one run */
    const lapel_mve_blocks taps = {rows, row, (lapel_index)(s->dilation_h * s->in_w * s->in_c), s->group_in, step};

    if (rows < s->kernel_h || columns < s->kernel_w) {
        lapel_mve_fill(to, p->x_zero, p->window);
    }
    if (rows == 0 || columns == 0) {
        return;
    }
    to += v.first * row + h.first * s->group_in;
    x += ((top + v.first * s->dilation_h) * s->in_w + left + h.first * s->dilation_w) * s->in_c;
    lapel_mve_copy(to, x, &taps, merge ? (lapel_index)(columns * s->group_in) : s->group_in, merge ? 1 : columns);
}

/* One image. */
LAPEL_NOINLINE void lapel_conv_mve_large_image(int8_t *y, const int8_t *x, int8_t *window,
                                               const LAPEL_ROM lapel_conv_mve_large_params *p)
{
    const LAPEL_ROM lapel_taps_shape *s = &p->shape;
    const lapel_mve_run runs[2] = {{window, p->window}, {window, 0}};
    const lapel_index words = (lapel_index)(((s->group_out + 3) >> 2) * (9 + p->window));
    lapel_mve_job j;

    j.out_c = j.channels = s->group_out;
    j.zero = p->y_zero;
    j.lo = p->lo;
    j.hi = p->hi;
    j.away = p->lo < p->y_zero;
    j.x_zero = p->x_zero;
    for (lapel_index i = 0; i < s->out_h; i++) {
        for (lapel_index k = 0; k < s->out_w; k++) {
            const lapel_index top = (lapel_index)(i * s->stride_h - s->pad_top);
            const lapel_index left = (lapel_index)(k * s->stride_w - s->pad_left);

            j.w = p->w;
            for (lapel_index g = 0; g < s->groups; g++) {
                lapel_conv_mve_large_gather(window, x + g * s->group_in, top, left, p);
                lapel_mve_single(y, runs, &j);
                y += s->group_out;
                j.w += words;
            }
        }
    }
}

/* The same with room for windows of so many bytes: an application pays for no more stack than its layers need. */
LAPEL_NOINLINE void lapel_conv_mve_large_512(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_mve_large_params *p)
{
    int8_t window[512];

    lapel_mve_fill(window, 0, 512);
    lapel_conv_mve_large_image(y, x, window, p);
}

LAPEL_NOINLINE void lapel_conv_mve_large_1024(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_mve_large_params *p)
{
    int8_t window[1024];

    lapel_mve_fill(window, 0, 1024);
    lapel_conv_mve_large_image(y, x, window, p);
}

LAPEL_NOINLINE void lapel_conv_mve_large_2048(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_mve_large_params *p)
{
    int8_t window[2048];

    lapel_mve_fill(window, 0, 2048);
    lapel_conv_mve_large_image(y, x, window, p);
}

void lapel_conv_mve_large(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_mve_large_params *p)
{
    const LAPEL_ROM lapel_taps_shape *s = &p->shape;

    for (lapel_index n = s->batches; n > 0; n--) {
        if (p->window <= 512) {
            lapel_conv_mve_large_512(y, x, p);
        } else if (p->window <= 1024) {
            lapel_conv_mve_large_1024(y, x, p);
        } else {
            lapel_conv_mve_large_2048(y, x, p);
        }
        x += s->in_h * s->in_w * s->in_c;
        y += s->out_h * s->out_w * s->out_c;
    }
}
