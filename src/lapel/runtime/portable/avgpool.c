#include "avgpool.h"

/* One output pixel: the cells rows x columns inside x, at least one. */
static void lapel_avgpool_pixel(int8_t *y, const int8_t *x, lapel_span rows, lapel_span columns,
                                const LAPEL_ROM lapel_avgpool_params *p)
{
    const int32_t count = (int32_t)(rows.end - rows.first) * (columns.end - columns.first);

    for (lapel_index c = 0; c < p->window.channels; c++) {
        const int8_t *line = x + ((rows.first * p->window.in_w) + columns.first) * p->window.channels + c;
        int32_t sum = 0;

        for (lapel_index u = rows.first; u < rows.end; u++) {
            const int8_t *cell = line;

            for (lapel_index v = columns.first; v < columns.end; v++) {
                sum += *cell;
                cell += p->window.channels;
            }
            line += p->window.in_w * p->window.channels;
        }
        /* C division truncates, so adding half away from zero first rounds halves away from zero. */
        sum += sum > 0 ? count / 2 : -(count / 2);
        y[c] = lapel_clamp(sum / count, p->lo, p->hi);
    }
}

void lapel_avgpool(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avgpool_params *p)
{
    const LAPEL_ROM lapel_pool_window *w = &p->window;

    for (lapel_index n = 0; n < w->batches; n++) {
        for (lapel_index i = 0; i < w->out_h; i++) {
            const lapel_span rows = lapel_pool_rows(i, w);

            for (lapel_index j = 0; j < w->out_w; j++) {
                lapel_avgpool_pixel(y, x, rows, lapel_pool_columns(j, w), p);
                y += w->channels;
            }
        }
        x += w->in_h * w->in_w * w->channels;
    }
}
