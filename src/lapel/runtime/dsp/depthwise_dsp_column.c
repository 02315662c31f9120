#include "depthwise_dsp_column.h"

/* Channel o, whose sum is acc. */
LAPEL_INLINE int8_t lapel_depthwise_dsp_column_one(int32_t acc, lapel_index o,
                                                   const LAPEL_ROM lapel_depthwise_dsp_column_params *p)
{
    const int32_t right = p->right[o];

    return lapel_dsp_scale(acc * 2, acc, (uint32_t)p->mul[o], lapel_dsp_behind(p->y_zero, right), right);
}

/* Channels o..o+3, whose weights are at w. x: their first tap. */
LAPEL_NOINLINE void lapel_depthwise_dsp_column_four(int8_t *y, const int8_t *x, const LAPEL_ROM int8_t *w,
                                                    lapel_index o,
                                                    const LAPEL_ROM lapel_depthwise_dsp_column_params *p)
{
    const lapel_index step = p->step;
    int32_t a0 = p->bias[o], a1 = p->bias[o + 1], a2 = p->bias[o + 2], a3 = p->bias[o + 3];

    for (const LAPEL_ROM int8_t *const end = w + 8 * (p->taps >> 1); w != end; w += 8) {
        const uint32_t u = lapel_read4(x), v = lapel_read4(x + step);
        const uint32_t low = lapel_pkhbt(u, v), high = lapel_pkhtb(v, u);
        const uint32_t w01 = lapel_read4(w), w23 = lapel_read4(w + 4);

        a0 = lapel_smlad(lapel_sxtb16(low), lapel_sxtb16(w01), a0);
        a1 = lapel_smlad(lapel_sxtb16_odd(low), lapel_sxtb16_odd(w01), a1);
        a2 = lapel_smlad(lapel_sxtb16(high), lapel_sxtb16(w23), a2);
        a3 = lapel_smlad(lapel_sxtb16_odd(high), lapel_sxtb16_odd(w23), a3);
        x += 2 * step;
    }
    if ((p->taps & 1) != 0) {
        a0 += x[0] * w[0];
        a1 += x[1] * w[1];
        a2 += x[2] * w[2];
        a3 += x[3] * w[3];
    }
    y[0] = lapel_depthwise_dsp_column_one(a0, o, p);
    y[1] = lapel_depthwise_dsp_column_one(a1, o + 1, p);
    y[2] = lapel_depthwise_dsp_column_one(a2, o + 2, p);
    y[3] = lapel_depthwise_dsp_column_one(a3, o + 3, p);
}

void lapel_depthwise_dsp_column(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_dsp_column_params *p)
{
    const lapel_index last = p->channels - 4;

    for (lapel_index n = p->batches; n > 0; n--) {
        const LAPEL_ROM int8_t *w = p->w;

        for (lapel_index o = 0; o < p->channels; o += 4) {
            o = o > last ? last : o;
            lapel_depthwise_dsp_column_four(y + o, x + o, w, o, p);
            w += 4 * p->taps;
        }
        y += p->channels;
        x += p->image;
    }
}
