#include "avgpoolf32.h"

/* One output pixel: the cells rows x columns inside x, at least one. */
static void lapel_avgpoolf32_pixel(float *y, const float *x, lapel_span rows, lapel_span columns,
                                  const LAPEL_ROM lapel_avgpoolf32_params *p)
{
    const float count = (float)((int32_t)(rows.end - rows.first) * (columns.end - columns.first));

    for (lapel_index c = 0; c < p->shape.channels; c++) {
        const float *line = x + ((rows.first * p->shape.in_w) + columns.first) * p->shape.channels + c;
        float sum = 0.0f;

        for (lapel_index u = rows.first; u < rows.end; u++) {
            const float *cell = line;

            for (lapel_index v = columns.first; v < columns.end; v++) {
                sum = lapel_float_alone(sum + *cell);
                cell += p->shape.channels;
            }
            line += p->shape.in_w * p->shape.channels;
        }
        y[c] = lapel_limitf32_value(lapel_float_quotient(sum, count), p->lo, p->hi);
    }
}

void lapel_avgpoolf32(float *y, const float *x, const LAPEL_ROM lapel_avgpoolf32_params *p)
{
    const LAPEL_ROM lapel_pool_shape *s = &p->shape;

    for (lapel_index n = 0; n < s->batches; n++) {
        for (lapel_index i = 0; i < s->out_h; i++) {
            const lapel_span rows = lapel_pool_rows(i, s);

            for (lapel_index j = 0; j < s->out_w; j++) {
                lapel_avgpoolf32_pixel(y, x, rows, lapel_pool_columns(j, s), p);
                y += s->channels;
            }
        }
        x += s->in_h * s->in_w * s->channels;
    }
}
