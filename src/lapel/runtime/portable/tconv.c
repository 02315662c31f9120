#include "tconv.h"

/* What all pixels of a layer share, and the taps of the current one. */
typedef struct {
    const LAPEL_ROM lapel_tconv_params *p;
    lapel_output output;
    lapel_reached rows;
    lapel_reached columns;
} lapel_tconv_job;

/* acc[i] += sum over the channels of one cell, for `count` (1 or 4) weight rows w_next apart. */
LAPEL_NOINLINE void lapel_tconv_dot(int32_t *acc, const int8_t *x, const LAPEL_ROM int8_t *w, lapel_index count,
                                    const LAPEL_ROM lapel_tconv_params *p)
{
    const size_t w_next = count == 1 ? 0 : lapel_transposed_filter(&p->shape);
    const LAPEL_ROM int8_t *w1 = w + w_next, *w2 = w1 + w_next, *w3 = w2 + w_next;
    const int16_t zero = p->x_zero;
    int32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];

    for (lapel_index c = p->shape.in_c; c > 0; c--) {
        const int16_t v = (int16_t)(*x++ - zero);

        a0 += (int32_t)v * *w++;
        a1 += (int32_t)v * *w1++;
        a2 += (int32_t)v * *w2++;
        a3 += (int32_t)v * *w3++;
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

/* `count` (1 or 4) output channels from o of one pixel. */
static void lapel_tconv_channels(int8_t *y, const int8_t *x, lapel_index o, lapel_index count,
                                 const lapel_tconv_job *j)
{
    const LAPEL_ROM lapel_tconv_params *p = j->p;
    const LAPEL_ROM int8_t *w = p->w + (size_t)o * lapel_transposed_filter(&p->shape);
    int32_t acc[4] = {0, 0, 0, 0};

    for (lapel_index i = 0; i < count; i++) {
        acc[i] = p->bias[o + i];
    }
    for (lapel_index u = 0; u < j->rows.count; u++) {
        const lapel_index row = (lapel_index)((j->rows.cell - u) * p->shape.in_w);
        const lapel_index w_row = (lapel_index)((j->rows.tap + u * p->shape.stride_h) * p->shape.kernel_w);

        for (lapel_index v = 0; v < j->columns.count; v++) {
            const lapel_index tap = (lapel_index)(w_row + j->columns.tap + v * p->shape.stride_w);

            lapel_tconv_dot(acc, x + (row + j->columns.cell - v) * p->shape.in_c, w + tap * p->shape.in_c, count, p);
        }
    }
    lapel_finish(y + o, acc, o, count, &j->output);
}

static void lapel_tconv_pixel(int8_t *y, const int8_t *x, const lapel_tconv_job *j)
{
    const lapel_index channels = j->p->shape.out_c;
    lapel_index count;

    for (lapel_index o = 0; o < channels; o = (lapel_index)(o + count)) {
        count = channels - o < 4 ? 1 : 4;
        lapel_tconv_channels(y, x, o, count, j);
    }
}

void lapel_tconv(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_tconv_params *p)
{
    const LAPEL_ROM lapel_transposed_shape *s = &p->shape;
    const lapel_output output = {p->mul, p->shift, p->per_channel, p->lo, p->hi, p->plain, p->y_zero};
    lapel_tconv_job j;

    j.p = p;
    j.output = output;
    for (lapel_index n = 0; n < s->batches; n++) {
        for (lapel_index i = 0; i < s->out_h; i++) {
            j.rows = lapel_transposed_rows(i, s);
            for (lapel_index k = 0; k < s->out_w; k++) {
                j.columns = lapel_transposed_columns(k, s);
                lapel_tconv_pixel(y, x, &j);
                y += s->out_c;
            }
        }
        x += s->in_h * s->in_w * s->in_c;
    }
}
