#include "avgpoolf32.h"

/* One output pixel: the cells rows x columns inside x, at least one. */
static void lapel_avgpoolf32_pixel(float *y, const float *x, lapel_span rows, lapel_span columns,
                                  const LAPEL_ROM lapel_avgpoolf32_params *p)
{
    const float count = (float)((int32_t)(rows.end - rows.first) * (columns.end - columns.first));

    for (lapel_index c = 0; c < p->channels; c++) {
        const float *line = x + ((rows.first * p->in_w) + columns.first) * p->channels + c;
        float sum = 0.0f;

        for (lapel_index u = rows.first; u < rows.end; u++) {
            const float *cell = line;

            for (lapel_index v = columns.first; v < columns.end; v++) {
                sum = lapel_float_alone(sum + *cell);
                cell += p->channels;
            }
            line += p->in_w * p->channels;
        }
        y[c] = lapel_limitf32_value(lapel_float_quotient(sum, count), p->lo, p->hi);
    }
}

void lapel_avgpoolf32(float *y, const float *x, const LAPEL_ROM lapel_avgpoolf32_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = (lapel_index)(i * p->stride_h - p->pad_top);
            const lapel_span rows = lapel_reach(top, p->kernel_h, p->in_h);

            for (lapel_index j = 0; j < p->out_w; j++) {
                const lapel_index left = (lapel_index)(j * p->stride_w - p->pad_left);

                lapel_avgpoolf32_pixel(y, x, rows, lapel_reach(left, p->kernel_w, p->in_w), p);
                y += p->channels;
            }
        }
        x += p->in_h * p->in_w * p->channels;
    }
}
