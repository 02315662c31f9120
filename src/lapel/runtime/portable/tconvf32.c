#include "tconvf32.h"

/* Taps that reach one output pixel. */
typedef struct {
    lapel_reached rows;
    lapel_reached columns;
} lapel_tconvf32_taps;

/* `count` (1 or 4) output channels from o of one pixel. */
static void lapel_tconvf32_channels(float *y, const float *x, lapel_index o, lapel_index count,
                                    const lapel_tconvf32_taps *t, const LAPEL_ROM lapel_tconvf32_params *p)
{
    const lapel_runs runs = {1, p->in_c, 0, 0};
    const size_t w_next = (size_t)p->kernel_h * (size_t)p->kernel_w * (size_t)p->in_c;
    const LAPEL_ROM float *w = p->w + (size_t)o * w_next;
    float acc[4];

    for (lapel_index i = 0; i < count; i++) {
        acc[i] = p->bias[o + i];
    }
    for (lapel_index u = 0; u < t->rows.count; u++) {
        const lapel_index row = (lapel_index)((t->rows.cell - u) * p->in_w);
        const lapel_index w_row = (lapel_index)((t->rows.tap + u * p->stride_h) * p->kernel_w);

        for (lapel_index v = 0; v < t->columns.count; v++) {
            const float *cell = x + (row + t->columns.cell - v) * p->in_c;
            const LAPEL_ROM float *tap = w + (w_row + t->columns.tap + v * p->stride_w) * p->in_c;

            if (count == 4) {
                lapel_dotf32_4(acc, cell, tap, w_next, &runs);
            } else {
                acc[0] = lapel_dotf32_1(acc[0], cell, tap, &runs);
            }
        }
    }
    for (lapel_index i = 0; i < count; i++) {
        y[o + i] = lapel_limitf32_value(acc[i], p->lo, p->hi);
    }
}

static void lapel_tconvf32_pixel(float *y, const float *x, const lapel_tconvf32_taps *t,
                                const LAPEL_ROM lapel_tconvf32_params *p)
{
    lapel_index count;

    for (lapel_index o = 0; o < p->out_c; o = (lapel_index)(o + count)) {
        count = p->out_c - o < 4 ? 1 : 4;
        lapel_tconvf32_channels(y, x, o, count, t, p);
    }
}

void lapel_tconvf32(float *y, const float *x, const LAPEL_ROM lapel_tconvf32_params *p)
{
    lapel_tconvf32_taps t;

    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            t.rows = lapel_reaching((lapel_index)(i + p->pad_top), p->kernel_h, p->stride_h, p->in_h);
            for (lapel_index k = 0; k < p->out_w; k++) {
                t.columns = lapel_reaching((lapel_index)(k + p->pad_left), p->kernel_w, p->stride_w, p->in_w);
                lapel_tconvf32_pixel(y, x, &t, p);
                y += p->out_c;
            }
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}
