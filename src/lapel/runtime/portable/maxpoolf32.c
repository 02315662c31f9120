#include "maxpoolf32.h"

/* One output pixel: the cells rows x columns inside x. */
static void lapel_maxpoolf32_pixel(float *y, const float *x, lapel_span rows, lapel_span columns,
                                  const LAPEL_ROM lapel_maxpoolf32_params *p)
{
    for (lapel_index c = 0; c < p->shape.channels; c++) {
        const float *line = x + ((rows.first * p->shape.in_w) + columns.first) * p->shape.channels + c;
        float best = -__builtin_inff();

        for (lapel_index u = rows.first; u < rows.end; u++) {
            const float *cell = line;

            for (lapel_index v = columns.first; v < columns.end; v++) {
                best = lapel_float_alone(*cell > best ? *cell : best);
                cell += p->shape.channels;
            }
            line += p->shape.in_w * p->shape.channels;
        }
        y[c] = lapel_limitf32_value(best, p->lo, p->hi);
    }
}

void lapel_maxpoolf32(float *y, const float *x, const LAPEL_ROM lapel_maxpoolf32_params *p)
{
    const LAPEL_ROM lapel_pool_shape *s = &p->shape;

    for (lapel_index n = 0; n < s->batches; n++) {
        for (lapel_index i = 0; i < s->out_h; i++) {
            const lapel_span rows = lapel_pool_rows(i, s);

            for (lapel_index j = 0; j < s->out_w; j++) {
                lapel_maxpoolf32_pixel(y, x, rows, lapel_pool_columns(j, s), p);
                y += s->channels;
            }
        }
        x += s->in_h * s->in_w * s->channels;
    }
}
