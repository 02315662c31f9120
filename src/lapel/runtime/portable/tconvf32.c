#include "tconvf32.h"

/* `count` (1 or 4) output channels from o of one pixel. */
static void lapel_tconvf32_channels(float *y, const float *x, lapel_index o, lapel_index count,
                                    const lapel_transposed_taps *t, const LAPEL_ROM lapel_tconvf32_params *p)
{
    const lapel_runs runs = {1, p->shape.in_c, 0, 0};
    const size_t w_next = lapel_transposed_filter(&p->shape);
    const LAPEL_ROM float *w = p->w + (size_t)o * w_next;
    float acc[4];

    for (lapel_index i = 0; i < count; i++) {
        acc[i] = p->bias[o + i];
    }
    for (lapel_index u = 0; u < t->rows.count; u++) {
        const lapel_index row = (lapel_index)((t->rows.cell - u) * p->shape.in_w);
        const lapel_index w_row = (lapel_index)((t->rows.tap + u * p->shape.stride_h) * p->shape.kernel_w);

        for (lapel_index v = 0; v < t->columns.count; v++) {
            const float *cell = x + (row + t->columns.cell - v) * p->shape.in_c;
            const LAPEL_ROM float *tap = w + (w_row + t->columns.tap + v * p->shape.stride_w) * p->shape.in_c;

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

static void lapel_tconvf32_pixel(float *y, const float *x, const lapel_transposed_taps *t,
                                const LAPEL_ROM lapel_tconvf32_params *p)
{
    lapel_index count;

    for (lapel_index o = 0; o < p->shape.out_c; o = (lapel_index)(o + count)) {
        count = p->shape.out_c - o < 4 ? 1 : 4;
        lapel_tconvf32_channels(y, x, o, count, t, p);
    }
}

void lapel_tconvf32(float *y, const float *x, const LAPEL_ROM lapel_tconvf32_params *p)
{
    const LAPEL_ROM lapel_transposed_shape *s = &p->shape;
    lapel_transposed_taps t;

    for (lapel_index n = 0; n < s->batches; n++) {
        for (lapel_index i = 0; i < s->out_h; i++) {
            t.rows = lapel_transposed_rows(i, s);
            for (lapel_index k = 0; k < s->out_w; k++) {
                t.columns = lapel_transposed_columns(k, s);
                lapel_tconvf32_pixel(y, x, &t, p);
                y += s->out_c;
            }
        }
        x += s->in_h * s->in_w * s->in_c;
    }
}
