#include "dense.h"

/* One input row times all weight rows: blocks of four, then the rest one by one. */
static void lapel_dense_row(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_params *p)
{
    const lapel_runs runs = {1, p->inputs, 0, 0};
    const size_t row = (size_t)p->inputs;
    const LAPEL_ROM int8_t *w = p->w;
    lapel_index count;

    for (lapel_index o = 0; o < p->outputs; o = (lapel_index)(o + count)) {
        const lapel_index left = (lapel_index)(p->outputs - o);
        int32_t acc[4];

        count = left < 4 ? 1 : 4;
        for (lapel_index i = 0; i < count; i++) {
            acc[i] = p->bias[o + i];
        }
        if (count == 4) {
            lapel_dot4(acc, x, w, row, &runs);
        } else {
            acc[0] = lapel_dot1(acc[0], x, w, &runs);
        }
        w += row * (size_t)count;
        for (lapel_index i = 0; i < count; i++) {
            const lapel_index c = p->per_channel ? (lapel_index)(o + i) : 0;

            *y++ = lapel_clamp(lapel_requantize(acc[i], p->mul[c], p->shift[c]) + p->y_zero, p->lo, p->hi);
        }
    }
}

void lapel_dense(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        lapel_dense_row(y, x, p);
        y += p->outputs;
        x += p->inputs;
    }
}
