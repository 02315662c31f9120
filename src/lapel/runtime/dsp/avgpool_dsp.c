#include "avgpool_dsp.h"

/* C division truncates, so adding half away from zero first rounds halves away from zero. */
LAPEL_INLINE int8_t lapel_avgpool_dsp_mean(int32_t sum, int32_t count, const LAPEL_ROM lapel_avgpool_dsp_params *p)
{
    sum += sum > 0 ? count / 2 : -(count / 2);
    return lapel_clamp(sum / count, p->lo, p->hi);
}

/* Four channels of one output pixel: `rows` lines of `columns` cells each from x on, at least one cell. */
LAPEL_NOINLINE void lapel_avgpool_dsp_four(int8_t *y, const int8_t *x, lapel_index rows, lapel_index columns,
                                           const LAPEL_ROM lapel_avgpool_dsp_params *p)
{
    const lapel_index step = p->shape.channels, skip = (p->shape.in_w - columns) * step;
    const int32_t count = rows * columns;
    uint32_t even = 0, odd = 0;

    for (; rows > 0; rows--) {
        lapel_index n = columns;

        if ((n & 1) != 0) {
            const uint32_t a = lapel_read4(x);

            even = lapel_sxtab16(even, a);
            odd = lapel_sxtab16_odd(odd, a);
            x += step;
        }
        for (n >>= 1; n > 0; n--) {
            const uint32_t a = lapel_read4(x), b = lapel_read4(x + step);

            even = lapel_sxtab16(even, a);
            odd = lapel_sxtab16_odd(odd, a);
            even = lapel_sxtab16(even, b);
            odd = lapel_sxtab16_odd(odd, b);
            x += 2 * step;
        }
        x += skip;
    }
    y[0] = lapel_avgpool_dsp_mean((int16_t)even, count, p);
    y[1] = lapel_avgpool_dsp_mean((int16_t)odd, count, p);
    y[2] = lapel_avgpool_dsp_mean((int16_t)(even >> 16), count, p);
    y[3] = lapel_avgpool_dsp_mean((int16_t)(odd >> 16), count, p);
}

void lapel_avgpool_dsp(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avgpool_dsp_params *p)
{
    const LAPEL_ROM lapel_pool_shape *s = &p->shape;

    for (lapel_index n = 0; n < s->batches; n++) {
        for (lapel_index i = 0; i < s->out_h; i++) {
            const lapel_span rows = lapel_pool_rows(i, s);

            for (lapel_index j = 0; j < s->out_w; j++) {
                const lapel_span columns = lapel_pool_columns(j, s);
                const int8_t *const first = x + (rows.first * s->in_w + columns.first) * s->channels;

                for (lapel_index c = 0; c < s->channels; c += 4) {
                    c = c > s->channels - 4 ? s->channels - 4 : c;
                    lapel_avgpool_dsp_four(y + c, first + c, rows.end - rows.first, columns.end - columns.first, p);
                }
                y += s->channels;
            }
        }
        x += s->in_h * s->in_w * s->channels;
    }
}
