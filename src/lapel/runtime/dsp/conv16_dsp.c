#include "conv16_dsp.h"

/* The taps inside x of a pixel, or of two neighbours that see as many: where they begin, and how they lie. */
typedef struct {
    const int16_t *x;
    lapel_index words;   /* from a channel pair's first word to that of the first tap */
    lapel_index skipped; /* values of a row of the weights before the first tap, if they are no whole blocks; else 0 */
    lapel_dsp16_runs runs;
} lapel_conv16_dsp_taps;

static lapel_conv16_dsp_taps lapel_conv16_dsp_find(const int16_t *x, lapel_span rows, lapel_index top, lapel_index left,
                                                   const LAPEL_ROM lapel_conv16_dsp_params *p)
{
    const lapel_span columns = lapel_clip(left, p->kernel_w, 1, p->in_w);
    const lapel_index first = (lapel_index)(columns.first * p->in_c), run = (columns.end - columns.first) * p->in_c;
    const lapel_index used = (run + 3) >> 2;
    lapel_conv16_dsp_taps t;

    t.x = x;
    t.runs.rows = run > 0 ? rows.end - rows.first : 0;
    t.runs.blocks = run >> 2;
    t.runs.rest = run & 3;
    t.runs.x_skip = p->dilation_h * p->in_w * p->in_c - run;
    t.runs.w_skip = 2 * (p->row_blocks - used);
    t.words = 2 * (rows.first * p->row_blocks + (first >> 2));
    t.skipped = first & 3;
    if (t.runs.rows > 0) {
        t.x += ((top + rows.first * p->dilation_h) * p->in_w + left + columns.first) * p->in_c;
    }
    return t;
}

/* Two channels, where a row's first tap lies within a block: one value after the other. */
LAPEL_NOINLINE void lapel_conv16_dsp_odd(int32_t *acc, const lapel_conv16_dsp_taps *t, const LAPEL_ROM uint32_t *w,
                                         const LAPEL_ROM lapel_conv16_dsp_params *p)
{
    const lapel_index run = 4 * t->runs.blocks + t->runs.rest;
    const int16_t *x = t->x;

    for (lapel_index row = t->runs.rows; row > 0; row--) {
        for (lapel_index k = t->skipped; k < t->skipped + run; k++) {
            const LAPEL_ROM uint32_t *block = w + 2 * (k >> 2);
            const int_fast8_t bits = (int_fast8_t)(8 * ((k & 1) << 1 | (k & 2) >> 1)); /* bytes 0, 2, 1, 3 */

            acc[0] += *x * (int8_t)(uint8_t)(block[0] >> bits);
            acc[1] += *x * (int8_t)(uint8_t)(block[1] >> bits);
            x++;
        }
        x += t->runs.x_skip;
        w += 2 * p->row_blocks;
    }
}

/* All channels of two neighbouring pixels, the second of which sees x_next values further on. */
static void lapel_conv16_dsp_two(int16_t *y, const lapel_conv16_dsp_taps *t, lapel_index x_next,
                                 const LAPEL_ROM lapel_conv16_dsp_params *p)
{
    const lapel_dsp16_output output = {p->mul, p->drop, p->per_channel, p->clamped, p->lo, p->hi};
    const LAPEL_ROM uint32_t *w = p->w + t->words;

    for (lapel_index o = 0; o < p->out_c; o += 2) {
        const lapel_index count = p->out_c - o;
        int32_t acc[4] = {p->bias[o], p->bias[o + 1], p->bias[o], p->bias[o + 1]};

        lapel_dsp16_pixels(acc, t->x, t->x + x_next, w, &t->runs);
        lapel_dsp16_store(y + o, acc, o, count, &output);
        lapel_dsp16_store(y + p->out_c + o, acc + 2, o, count, &output);
        w += 2 * p->kernel_h * p->row_blocks;
    }
}

/* All channels of one pixel. */
static void lapel_conv16_dsp_one(int16_t *y, const lapel_conv16_dsp_taps *t, const LAPEL_ROM lapel_conv16_dsp_params *p)
{
    const lapel_index pair = 2 * p->kernel_h * p->row_blocks;
    const lapel_dsp16_output output = {p->mul, p->drop, p->per_channel, p->clamped, p->lo, p->hi};
    const LAPEL_ROM uint32_t *w = p->w + t->words;

    for (lapel_index o = 0; o < p->out_c; o += 4) {
        const lapel_index count = p->out_c - o;
        int32_t acc[4] = {p->bias[o], p->bias[o + 1], p->bias[o + 2], p->bias[o + 3]};

        if (t->skipped > 0) {
            lapel_conv16_dsp_odd(acc, t, w, p);
            lapel_conv16_dsp_odd(acc + 2, t, w + pair, p);
        } else {
            lapel_dsp16_quad(acc, t->x, w, w + pair, &t->runs);
        }
        lapel_dsp16_store(y + o, acc, o, count, &output);
        if (count > 2) {
            lapel_dsp16_store(y + o + 2, acc + 2, o + 2, count - 2, &output);
        }
        w += 2 * pair;
    }
}

void lapel_conv16_dsp(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_conv16_dsp_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = i * p->stride_h - p->pad_top;
            const lapel_span rows = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);
            lapel_index count;

            for (lapel_index j = 0; j < p->out_w; j += count) {
                const lapel_index left = j * p->stride_w - p->pad_left, end = left + p->stride_w + p->kernel_w;
                const lapel_conv16_dsp_taps t = lapel_conv16_dsp_find(x, rows, top, left, p);
                const int_fast8_t two = j + 1 < p->out_w && left >= 0 && end <= p->in_w;

                if (two) {
                    lapel_conv16_dsp_two(y, &t, p->stride_w * p->in_c, p);
                } else {
                    lapel_conv16_dsp_one(y, &t, p);
                }
                count = two ? 2 : 1;
                y += count * p->out_c;
            }
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}
