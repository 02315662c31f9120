#include "depthwise16_dsp.h"

/* Taps inside x of one output pixel, and the first of them in x. */
typedef struct {
    const int16_t *x;
    lapel_span rows;
    lapel_span columns;
} lapel_depthwise16_dsp_taps;

/* acc[0], acc[1] += one tap of two channels; the low byte of each half of w is its weight, or the high one. */
LAPEL_INLINE void lapel_depthwise16_dsp_tap(int32_t *acc, uint32_t x, uint32_t w)
{
    acc[0] = lapel_smlabb(x, w, acc[0]);
    acc[1] = lapel_smlatt(x, w, acc[1]);
}

/* Channels c and c + 1 of one pixel. `single`: there is no channel c + 1. */
LAPEL_INLINE void lapel_depthwise16_dsp_sum(int32_t *acc, const int16_t *x, const LAPEL_ROM uint32_t *w,
                                            const lapel_depthwise16_dsp_taps *t, int_fast8_t single,
                                            const LAPEL_ROM lapel_depthwise16_dsp_params *p)
{
    const lapel_index step = p->dilation_w * p->channels, row = p->dilation_h * p->in_w * p->channels;

    w += t->rows.first * p->row_words;
    for (lapel_index u = t->rows.end - t->rows.first; u > 0; u--) {
        const int16_t *cell = x;
        lapel_index v = t->columns.first;

        if ((v & 1) != 0 && v < t->columns.end) {
            lapel_depthwise16_dsp_tap(acc, single ? (uint16_t)*cell : lapel_read4(cell), lapel_sxtb16_odd(w[v >> 1]));
            cell += step;
            v++;
        }
        for (; v + 1 < t->columns.end; v += 2) {
            const uint32_t pair = w[v >> 1];

            lapel_depthwise16_dsp_tap(acc, single ? (uint16_t)*cell : lapel_read4(cell), lapel_sxtb16(pair));
            cell += step;
            lapel_depthwise16_dsp_tap(acc, single ? (uint16_t)*cell : lapel_read4(cell), lapel_sxtb16_odd(pair));
            cell += step;
        }
        if (v < t->columns.end) {
            lapel_depthwise16_dsp_tap(acc, single ? (uint16_t)*cell : lapel_read4(cell), lapel_sxtb16(w[v >> 1]));
        }
        x += row;
        w += p->row_words;
    }
}

static void lapel_depthwise16_dsp_pixel(int16_t *y, const lapel_depthwise16_dsp_taps *t,
                                        const LAPEL_ROM lapel_depthwise16_dsp_params *p)
{
    const LAPEL_ROM uint32_t *w = p->w;
    const lapel_index pairs = p->channels & ~(lapel_index)1, step = p->per_channel;
    const LAPEL_ROM int32_t *mul = p->mul;
    const LAPEL_ROM int8_t *drop = p->drop;
    lapel_index c = 0;

    for (; c < pairs; c += 2) {
        int32_t acc[2] = {p->bias[c], p->bias[c + 1]};

        lapel_depthwise16_dsp_sum(acc, t->x + c, w, t, 0, p);
        y[c] = lapel_dsp16_finish(acc[0], mul[0], drop[0], p->lo, p->hi);
        y[c + 1] = lapel_dsp16_finish(acc[1], mul[step], drop[step], p->lo, p->hi);
        mul += 2 * step;
        drop += 2 * step;
        w += p->kernel_h * p->row_words;
    }
    if (c < p->channels) {
        int32_t acc[2] = {p->bias[c], 0};

        lapel_depthwise16_dsp_sum(acc, t->x + c, w, t, 1, p);
        y[c] = lapel_dsp16_finish(acc[0], *mul, *drop, p->lo, p->hi);
    }
}

void lapel_depthwise16_dsp(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_depthwise16_dsp_params *p)
{
    lapel_depthwise16_dsp_taps t;

    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = i * p->stride_h - p->pad_top;

            for (lapel_index j = 0; j < p->out_w; j++) {
                const lapel_index left = j * p->stride_w - p->pad_left;

                t.rows = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);
                t.columns = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);
                t.x = x;
                if (t.rows.first < t.rows.end && t.columns.first < t.columns.end) {
                    t.x += ((top + t.rows.first * p->dilation_h) * p->in_w + left + t.columns.first * p->dilation_w) *
                           p->channels;
                }
                lapel_depthwise16_dsp_pixel(y, &t, p);
                y += p->channels;
            }
        }
        x += p->in_h * p->in_w * p->channels;
    }
}
