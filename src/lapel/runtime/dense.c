#include "dense.h"

/* One input row times `count` weight rows, `count` in 1..4: each x is loaded once for all of them. */
static void lapel_dense_rows(int32_t *acc, const int8_t *x, const LAPEL_ROM int8_t *w,
                             const LAPEL_ROM lapel_dense_params *p, lapel_index count)
{
    const lapel_index inputs = p->inputs;
    const LAPEL_ROM int8_t *w1 = count > 1 ? w + inputs : w;
    const LAPEL_ROM int8_t *w2 = count > 2 ? w1 + inputs : w;
    const LAPEL_ROM int8_t *w3 = count > 3 ? w2 + inputs : w;
    int32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;

    for (lapel_index k = 0; k < inputs; k++) {
        const int16_t v = (int16_t)(x[k] - p->x_zero);
        a0 += (int32_t)v * w[k];
        a1 += (int32_t)v * w1[k];
        a2 += (int32_t)v * w2[k];
        a3 += (int32_t)v * w3[k];
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

void lapel_dense(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index o = 0; o < p->outputs; o = (lapel_index)(o + 4)) {
            const lapel_index left = (lapel_index)(p->outputs - o);
            const lapel_index count = left < 4 ? left : 4;
            int32_t acc[4];

            lapel_dense_rows(acc, x, p->w + (size_t)o * (size_t)p->inputs, p, count);
            for (lapel_index i = 0; i < count; i++) {
                const lapel_index c = p->per_channel ? (lapel_index)(o + i) : 0;
                const int32_t v = lapel_requantize(acc[i] + p->bias[o + i], p->mul[c], p->shift[c]);
                *y++ = lapel_clamp(v + p->y_zero, p->lo, p->hi);
            }
        }
        x += p->inputs;
    }
}
