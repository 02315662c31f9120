#include "conv16_mve.h"

/* The taps inside x of a pixel, or of two neighbours that see all columns. */
typedef struct {
    const int16_t *x;
    lapel_index w;        /* from a channel's first weight to that of the first tap */
    lapel_mve16_runs runs; /* no rows: no tap is inside */
} lapel_conv16_mve_taps;

static lapel_conv16_mve_taps lapel_conv16_mve_find(const int16_t *x, lapel_span rows, lapel_index top, lapel_index left,
                                                   const LAPEL_ROM lapel_conv16_mve_params *p)
{
    const lapel_span columns = lapel_clip(left, p->kernel_w, 1, p->in_w);
    const lapel_index run = (columns.end - columns.first) * p->in_c, whole = (run + 7) & ~7;
    lapel_conv16_mve_taps t;

    t.x = x;
    t.w = (rows.first * p->kernel_w + columns.first) * p->in_c;
    t.runs.rows = run > 0 ? rows.end - rows.first : 0;
    t.runs.run = run;
    t.runs.x_skip = 2 * (p->dilation_h * p->in_w * p->in_c - whole);
    t.runs.w_skip = p->kernel_w * p->in_c - whole;
    if (t.runs.rows > 0) {
        t.x += ((top + rows.first * p->dilation_h) * p->in_w + left + columns.first) * p->in_c;
    }
    return t;
}

/* All channels of one pixel or, if `two`, of it and the next one, that sees x_next values further on. */
static void lapel_conv16_mve_channels(int16_t *y, const lapel_conv16_mve_taps *t, lapel_index x_next, int_fast8_t two,
                                      const LAPEL_ROM lapel_conv16_mve_params *p)
{
    const lapel_mve16_output output = {p->mul, p->drop, p->per_channel, p->lo, p->hi};
    const lapel_index w_next = p->kernel_h * p->kernel_w * p->in_c;
    const int16_t *const x[2] = {t->x, t->x + x_next};

    for (lapel_index o = 0; o < p->out_c; o += 4) {
        const LAPEL_ROM int8_t *w[4];
        int32_t acc[8];

        for (lapel_index i = 0; i < 4; i++) { /* beyond the last channel it is once more the last one */
            w[i] = p->w + t->w + (o + i < p->out_c ? o + i : p->out_c - 1) * w_next;
            acc[i] = p->bias[o + i];
            acc[4 + i] = p->bias[o + i];
        }
        if (two) {
            lapel_mve16_pixels(acc, x, w, &t->runs);
            if (o + 2 < p->out_c) {
                lapel_mve16_pixels(acc + 2, x, w + 2, &t->runs);
            }
            lapel_mve16_finish(y + p->out_c + o, acc + 4, o, p->out_c - o, &output);
        } else if (t->runs.rows > 0) {
            lapel_mve16_four(acc, t->x, w, &t->runs);
        }
        lapel_mve16_finish(y + o, acc, o, p->out_c - o, &output);
    }
}

void lapel_conv16_mve(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_conv16_mve_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = i * p->stride_h - p->pad_top;
            const lapel_span rows = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);
            lapel_index count;

            for (lapel_index j = 0; j < p->out_w; j += count) {
                const lapel_index left = j * p->stride_w - p->pad_left, end = left + p->stride_w + p->kernel_w;
                const lapel_conv16_mve_taps t = lapel_conv16_mve_find(x, rows, top, left, p);
                const int_fast8_t two = j + 1 < p->out_w && left >= 0 && end <= p->in_w && t.runs.rows > 0;

                lapel_conv16_mve_channels(y, &t, p->stride_w * p->in_c, two, p);
                count = two ? 2 : 1;
                y += count * p->out_c;
            }
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}
