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

/* acc[0], acc[1] and acc[2], acc[3] += all taps of channels c and c + 1 of two pixels, x and x_next values further on. */
LAPEL_INLINE void lapel_depthwise16_dsp_pair(int32_t *acc, const int16_t *x, lapel_index x_next,
                                             const LAPEL_ROM uint32_t *w, const LAPEL_ROM lapel_depthwise16_dsp_params *p)
{
    const lapel_index step = p->dilation_w * p->channels, row = p->dilation_h * p->in_w * p->channels;

    for (lapel_index u = p->kernel_h; u > 0; u--) {
        const int16_t *cell = x;
        uint32_t taps;

        for (lapel_index v = p->kernel_w >> 1; v > 0; v--) {
            taps = *w++;
            lapel_depthwise16_dsp_tap(acc, lapel_read4(cell), lapel_sxtb16(taps));
            lapel_depthwise16_dsp_tap(acc + 2, lapel_read4(cell + x_next), lapel_sxtb16(taps));
            cell += step;
            lapel_depthwise16_dsp_tap(acc, lapel_read4(cell), lapel_sxtb16_odd(taps));
            lapel_depthwise16_dsp_tap(acc + 2, lapel_read4(cell + x_next), lapel_sxtb16_odd(taps));
            cell += step;
        }
        if ((p->kernel_w & 1) != 0) {
            taps = lapel_sxtb16(*w++);
            lapel_depthwise16_dsp_tap(acc, lapel_read4(cell), taps);
            lapel_depthwise16_dsp_tap(acc + 2, lapel_read4(cell + x_next), taps);
        }
        x += row;
    }
}

/* One pixel, or two neighbours that see all their taps. Of these, channel after channel is read before it is written. */
static void lapel_depthwise16_dsp_pixels(int16_t *y, const lapel_depthwise16_dsp_taps *t, int_fast8_t two,
                                         const LAPEL_ROM lapel_depthwise16_dsp_params *p)
{
    const lapel_dsp16_output output = {p->mul, p->drop, p->per_channel, p->clamped, p->lo, p->hi};
    const lapel_index x_next = p->stride_w * p->channels;
    const LAPEL_ROM uint32_t *w = p->w;

    for (lapel_index c = 0; c < p->channels; c += 2) {
        const lapel_index count = p->channels - c < 2 ? 1 : 2;
        int32_t acc[4] = {p->bias[c], p->bias[c + 1], p->bias[c], p->bias[c + 1]};

        if (two && count == 2) {
            lapel_depthwise16_dsp_pair(acc, t->x + c, x_next, w, p);
        } else {
            lapel_depthwise16_dsp_sum(acc, t->x + c, w, t, count == 1, p);
        }
        if (two && count == 1) {
            lapel_depthwise16_dsp_sum(acc + 2, t->x + x_next + c, w, t, 1, p);
        }
        lapel_dsp16_store(y + c, acc, c, count, &output);
        if (two) {
            lapel_dsp16_store(y + p->channels + c, acc + 2, c, count, &output);
        }
        w += p->kernel_h * p->row_words;
    }
}

void lapel_depthwise16_dsp(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_depthwise16_dsp_params *p)
{
    const lapel_index taps = (p->kernel_w - 1) * p->dilation_w;
    lapel_depthwise16_dsp_taps t;

    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = i * p->stride_h - p->pad_top;

            for (lapel_index j = 0, count; j < p->out_w; j += count) {
                const lapel_index left = j * p->stride_w - p->pad_left, last = left + p->stride_w + taps;
                int_fast8_t two;

                t.rows = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);
                t.columns = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);
                t.x = x;
                if (t.rows.first < t.rows.end && t.columns.first < t.columns.end) {
                    t.x += ((top + t.rows.first * p->dilation_h) * p->in_w + left + t.columns.first * p->dilation_w) *
                           p->channels;
                }
                two = j + 1 < p->out_w && left >= 0 && last < p->in_w && t.rows.end - t.rows.first == p->kernel_h;
                lapel_depthwise16_dsp_pixels(y, &t, two, p);
                count = two ? 2 : 1;
                y += count * p->channels;
            }
        }
        x += p->in_h * p->in_w * p->channels;
    }
}
