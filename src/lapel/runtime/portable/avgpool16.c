#include "avgpool16.h"

/* One output pixel: the cells rows x columns inside x, at least one. */
static void lapel_avgpool16_pixel(int16_t *y, const int16_t *x, lapel_span rows, lapel_span columns,
                                  const LAPEL_ROM lapel_avgpool16_params *p)
{
    const int32_t count = (int32_t)(rows.end - rows.first) * (columns.end - columns.first);

    for (lapel_index c = 0; c < p->shape.channels; c++) {
        const int16_t *line = x + ((rows.first * p->shape.in_w) + columns.first) * p->shape.channels + c;
        int32_t sum = 0;

        for (lapel_index u = rows.first; u < rows.end; u++) {
            const int16_t *cell = line;

            for (lapel_index v = columns.first; v < columns.end; v++) {
                sum += *cell;
                cell += p->shape.channels;
            }
            line += p->shape.in_w * p->shape.channels;
        }
        /* C division truncates, so adding half away from zero first rounds halves away from zero. */
        sum += sum > 0 ? count / 2 : -(count / 2);
        y[c] = lapel_clamp16(sum / count, p->lo, p->hi);
    }
}

void lapel_avgpool16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_avgpool16_params *p)
{
    const LAPEL_ROM lapel_pool_shape *s = &p->shape;

    for (lapel_index n = 0; n < s->batches; n++) {
        for (lapel_index i = 0; i < s->out_h; i++) {
            const lapel_span rows = lapel_pool_rows(i, s);

            for (lapel_index j = 0; j < s->out_w; j++) {
                lapel_avgpool16_pixel(y, x, rows, lapel_pool_columns(j, s), p);
                y += s->channels;
            }
        }
        x += s->in_h * s->in_w * s->channels;
    }
}
