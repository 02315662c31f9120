#include "convf32.h"

/* Of one output pixel: the taps inside x, the first of them in x and w, and how they lie. */
typedef struct {
    const float *x;
    const LAPEL_ROM float *w; /* of output channel 0 */
    lapel_index turns;         /* kernel rows that are not joined into the runs */
    lapel_index x_turn;        /* from one of them to the next */
    lapel_index w_turn;
    lapel_runs runs;
} lapel_convf32_taps;

/* Rows of a window are one run each where neighbouring taps are neighbours in x, else one run for each tap. */
static lapel_convf32_taps lapel_convf32_find(const float *x, lapel_index top, lapel_index left,
                                             const LAPEL_ROM lapel_convf32_params *p)
{
    const lapel_span rows = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);
    const lapel_span columns = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);
    const lapel_index row = (lapel_index)(top + rows.first * p->dilation_h);
    const lapel_index column = (lapel_index)(left + columns.first * p->dilation_w);
    const lapel_index count = (lapel_index)(columns.end - columns.first);
    const lapel_index x_row = (lapel_index)(p->dilation_h * p->in_w * p->in_c);
    const lapel_index w_row = (lapel_index)(p->kernel_w * p->group_in);
    lapel_convf32_taps t;

    t.x = x;
    t.w = p->w;
    t.turns = 0;
    t.x_turn = x_row;
    t.w_turn = w_row;
    t.runs.rows = 0;
    t.runs.run = p->group_in;
    t.runs.x_skip = 0;
    t.runs.w_skip = 0;
    if (rows.first == rows.end || count == 0) {
        return t;
    }
    t.x += (row * p->in_w + column) * p->in_c;
    t.w += rows.first * w_row + columns.first * p->group_in;
    t.turns = (lapel_index)(rows.end - rows.first);
    t.runs.rows = count;
    t.runs.x_skip = (lapel_index)(p->dilation_w * p->in_c - p->group_in);
    if (p->groups == 1 && p->dilation_w == 1) {
        t.runs.rows = t.turns;
        t.runs.run = (lapel_index)(count * p->in_c);
        t.runs.x_skip = (lapel_index)(x_row - t.runs.run);
        t.runs.w_skip = (lapel_index)(w_row - t.runs.run);
        t.turns = 1;
    }
    return t;
}

/* `count` (1 or 4) output channels from o, whose input channels begin at t->x + first. */
static void lapel_convf32_channels(float *y, const lapel_convf32_taps *t, lapel_index first, lapel_index o,
                                   lapel_index count, const LAPEL_ROM lapel_convf32_params *p)
{
    const size_t w_next = (size_t)p->kernel_h * (size_t)p->kernel_w * (size_t)p->group_in;
    const float *x = t->x + first;
    const LAPEL_ROM float *w = t->w + (size_t)o * w_next;
    float acc[4];

    for (lapel_index i = 0; i < count; i++) {
        acc[i] = p->bias[o + i];
    }
    for (lapel_index turn = t->turns; turn > 0; turn--) {
        if (count == 4) {
            lapel_dotf32_4(acc, x, w, w_next, &t->runs);
        } else {
            acc[0] = lapel_dotf32_1(acc[0], x, w, &t->runs);
        }
        x += t->x_turn;
        w += t->w_turn;
    }
    for (lapel_index i = 0; i < count; i++) {
        y[o + i] = lapel_limitf32_value(acc[i], p->lo, p->hi);
    }
}

static void lapel_convf32_pixel(float *y, const lapel_convf32_taps *t, const LAPEL_ROM lapel_convf32_params *p)
{
    for (lapel_index g = 0; g < p->groups; g++) {
        const lapel_index first = (lapel_index)(g * p->group_in);
        const lapel_index end = (lapel_index)((g + 1) * p->group_out);
        lapel_index count;

        for (lapel_index o = (lapel_index)(end - p->group_out); o < end; o = (lapel_index)(o + count)) {
            count = end - o < 4 ? 1 : 4;
            lapel_convf32_channels(y, t, first, o, count, p);
        }
    }
}

void lapel_convf32(float *y, const float *x, const LAPEL_ROM lapel_convf32_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = (lapel_index)(i * p->stride_h - p->pad_top);

            for (lapel_index j = 0; j < p->out_w; j++) {
                const lapel_index left = (lapel_index)(j * p->stride_w - p->pad_left);
                const lapel_convf32_taps taps = lapel_convf32_find(x, top, left, p);

                lapel_convf32_pixel(y, &taps, p);
                y += p->out_c;
            }
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}
