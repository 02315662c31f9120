#include "dense16.h"

/* One input row times all weight rows: blocks of four, then the rest one by one. */
static void lapel_dense16_row(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_dense16_params *p)
{
    const lapel_output16 output = {p->mul, p->shift, p->per_channel, p->reduced, p->lo, p->hi};
    const lapel_runs runs = {1, p->inputs, 0, 0};
    const size_t row = (size_t)p->inputs;
    const lapel_index blocks = (lapel_index)(p->outputs & ~3);
    const LAPEL_ROM int8_t *w = p->w;
    int64_t acc[4];

    for (lapel_index o = 0; o < blocks; o = (lapel_index)(o + 4)) {
        for (lapel_index i = 0; i < 4; i++) {
            acc[i] = p->bias[o + i];
        }
        lapel_dot16_4(acc, x, w, row, &runs);
        lapel_finish16(y + o, acc, o, 4, &output);
        w += 4 * row;
    }
    for (lapel_index o = blocks; o < p->outputs; o++) {
        acc[0] = lapel_dot16_1(p->bias[o], x, w, &runs);
        lapel_finish16(y + o, acc, o, 1, &output);
        w += row;
    }
}

void lapel_dense16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_dense16_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        lapel_dense16_row(y, x, p);
        y += p->outputs;
        x += p->inputs;
    }
}
