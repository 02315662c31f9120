#include "maxpoolf32.h"

/* One output pixel: the cells rows x columns inside x. */
static void lapel_maxpoolf32_pixel(float *y, const float *x, lapel_span rows, lapel_span columns,
                                  const LAPEL_ROM lapel_maxpoolf32_params *p)
{
    for (lapel_index c = 0; c < p->window.channels; c++) {
        const float *line = x + ((rows.first * p->window.in_w) + columns.first) * p->window.channels + c;
        float best = -__builtin_inff();

        for (lapel_index u = rows.first; u < rows.end; u++) {
            const float *cell = line;

            for (lapel_index v = columns.first; v < columns.end; v++) {
                best = lapel_float_alone(*cell > best ? *cell : best);
                cell += p->window.channels;
            }
            line += p->window.in_w * p->window.channels;
        }
        y[c] = lapel_limitf32_value(best, p->lo, p->hi);
    }
}

void lapel_maxpoolf32(float *y, const float *x, const LAPEL_ROM lapel_maxpoolf32_params *p)
{
    const LAPEL_ROM lapel_pool_window *w = &p->window;

    for (lapel_index n = 0; n < w->batches; n++) {
        for (lapel_index i = 0; i < w->out_h; i++) {
            const lapel_span rows = lapel_pool_rows(i, w);

            for (lapel_index j = 0; j < w->out_w; j++) {
                lapel_maxpoolf32_pixel(y, x, rows, lapel_pool_columns(j, w), p);
                y += w->channels;
            }
        }
        x += w->in_h * w->in_w * w->channels;
    }
}
