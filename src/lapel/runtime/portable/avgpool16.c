#include "avgpool16.h"

/* One output pixel: the cells rows x columns inside x, at least one. */
static void lapel_avgpool16_pixel(int16_t *y, const int16_t *x, lapel_span rows, lapel_span columns,
                                  const LAPEL_ROM lapel_avgpool16_params *p)
{
    const int32_t count = (int32_t)(rows.end - rows.first) * (columns.end - columns.first);

    for (lapel_index c = 0; c < p->channels; c++) {
        const int16_t *line = x + ((rows.first * p->in_w) + columns.first) * p->channels + c;
        int32_t sum = 0;

        for (lapel_index u = rows.first; u < rows.end; u++) {
            const int16_t *cell = line;

            for (lapel_index v = columns.first; v < columns.end; v++) {
                sum += *cell;
                cell += p->channels;
            }
            line += p->in_w * p->channels;
        }
        /* C division truncates, so adding half away from zero first rounds halves away from zero. */
        sum += sum > 0 ? count / 2 : -(count / 2);
        y[c] = lapel_clamp16(sum / count, p->lo, p->hi);
    }
}

void lapel_avgpool16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_avgpool16_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = (lapel_index)(i * p->stride_h - p->pad_top);
            const lapel_span rows = lapel_reach(top, p->kernel_h, p->in_h);

            for (lapel_index j = 0; j < p->out_w; j++) {
                const lapel_index left = (lapel_index)(j * p->stride_w - p->pad_left);

                lapel_avgpool16_pixel(y, x, rows, lapel_reach(left, p->kernel_w, p->in_w), p);
                y += p->channels;
            }
        }
        x += p->in_h * p->in_w * p->channels;
    }
}
