#include "maxpool16.h"

/* One output pixel: the cells rows x columns inside x. */
static void lapel_maxpool16_pixel(int16_t *y, const int16_t *x, lapel_span rows, lapel_span columns,
                                  const LAPEL_ROM lapel_maxpool16_params *p)
{
    for (lapel_index c = 0; c < p->window.channels; c++) {
        const int16_t *line = x + ((rows.first * p->window.in_w) + columns.first) * p->window.channels + c;
        int16_t best = INT16_MIN;

        for (lapel_index u = rows.first; u < rows.end; u++) {
            const int16_t *cell = line;

            for (lapel_index v = columns.first; v < columns.end; v++) {
                best = *cell > best ? *cell : best;
                cell += p->window.channels;
            }
            line += p->window.in_w * p->window.channels;
        }
        y[c] = lapel_clamp16(best, p->lo, p->hi);
    }
}

void lapel_maxpool16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_maxpool16_params *p)
{
    const LAPEL_ROM lapel_pool_window *w = &p->window;

    for (lapel_index n = 0; n < w->batches; n++) {
        for (lapel_index i = 0; i < w->out_h; i++) {
            const lapel_span rows = lapel_pool_rows(i, w);

            for (lapel_index j = 0; j < w->out_w; j++) {
                lapel_maxpool16_pixel(y, x, rows, lapel_pool_columns(j, w), p);
                y += w->channels;
            }
        }
        x += w->in_h * w->in_w * w->channels;
    }
}
