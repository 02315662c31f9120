#include "depthwise_mve.h"

/* The taps of the pixel whose first one is at (top, left); those that are not in x are `outside`. */
static void lapel_depthwise_mve_locate(const int8_t **taps, const int8_t *x, lapel_index top, lapel_index left,
                                       const int8_t *outside, const LAPEL_ROM lapel_depthwise_mve_params *p)
{
    const lapel_index step = (lapel_index)(p->dilation_w * p->in_c);
    lapel_index row = (lapel_index)((top * p->in_w + left) * p->in_c);

    for (lapel_index u = p->kernel_h; u > 0; u--) {
        const uint32_t end = (uint32_t)top < (uint32_t)p->in_h ? (uint32_t)p->in_w : 0; /* negative ones are beyond */
        lapel_index at = row, column = left;

        for (lapel_index v = p->kernel_w; v > 0; v--) {
            *taps++ = (uint32_t)column < end ? x + at : outside;
            column = (lapel_index)(column + p->dilation_w);
            at = (lapel_index)(at + step);
        }
        row = (lapel_index)(row + p->dilation_h * p->in_w * p->in_c);
        top = (lapel_index)(top + p->dilation_h);
    }
    *taps = taps[-1]; /* there may be an odd number, and the weights of this one are 0 */
}

/* One row of output pixels whose first taps are in row `top` of x. */
static void lapel_depthwise_mve_row(int8_t *y, const int8_t *x, lapel_index top, const int8_t *outside,
                                    lapel_depthwise_mve_job *j, const LAPEL_ROM lapel_depthwise_mve_params *p)
{
    const lapel_index last = (lapel_index)((p->kernel_h - 1) * p->dilation_h);
    const lapel_index end = top >= 0 && top + last < p->in_h ? p->x_end : 0;
    const lapel_index lanes = j->lanes;
    const int8_t *taps[LAPEL_DEPTHWISE_MVE_MOST + 1];
    lapel_index left = (lapel_index)-p->pad_left;

    for (lapel_index i = 0; i < p->out_w;) {
        const lapel_index room = i >= p->x_first && i < end ? (lapel_index)(end - i) : 1;
        const lapel_index fold = room >= p->fold ? p->fold : 1;
        const lapel_index groups = room / fold;
        const lapel_index pixels = groups * fold;

        lapel_depthwise_mve_locate(taps, x, top, left, outside, p);
        j->lanes = (lapel_index)(fold * lanes);
        j->x_next = (lapel_index)(fold * p->stride_w * p->in_c);
        j->y_next = (lapel_index)(fold * p->in_c);
        lapel_depthwise_mve_pixels(y, taps, j, groups);
        y += pixels * p->in_c;
        left = (lapel_index)(left + pixels * p->stride_w);
        i = (lapel_index)(i + pixels);
    }
    j->lanes = lanes;
}

void lapel_depthwise_mve(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_mve_params *p)
{
    const lapel_index chunk = LAPEL_DEPTHWISE_MVE_CHUNK;
    int8_t outside[LAPEL_DEPTHWISE_MVE_CHUNK];
    lapel_depthwise_mve_job j;

    lapel_mve_fill(outside, p->x_zero, chunk);
    j.zero = p->y_zero;
    j.lo = p->lo;
    j.hi = p->hi;
    j.away = p->lo < p->y_zero;
    j.pairs = (lapel_index)((p->kernel_h * p->kernel_w + 1) >> 1);
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = (lapel_index)(i * p->stride_h - p->pad_top);

            j.w = p->w;
            j.table = p->table;
            for (lapel_index c = 0; c < p->in_c; c = (lapel_index)(c + chunk)) {
                j.lanes = p->in_c - c < chunk ? (lapel_index)(p->in_c - c) : chunk;
                lapel_depthwise_mve_row(y + c, x + c, top, outside, &j, p);
                j.w += 2 * j.pairs * chunk;
                j.table += chunk / 16 * 36;
            }
            y += p->out_w * p->in_c;
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}
