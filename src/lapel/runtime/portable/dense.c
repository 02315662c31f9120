#include "dense.h"

/* One input row times all weight rows: blocks of four, then the rest one by one. */
static void lapel_dense_row(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_params *p)
{
    const lapel_output output = {p->mul, p->shift, p->per_channel, p->lo, p->hi, p->plain, p->y_zero};
    const lapel_runs runs = {1, p->inputs, 0, 0};
    const size_t row = (size_t)p->inputs;
    const lapel_index blocks = (lapel_index)(p->outputs & ~3);
    const LAPEL_ROM int8_t *w = p->w;
    int32_t acc[4];

    for (lapel_index o = 0; o < blocks; o = (lapel_index)(o + 4)) {
        for (lapel_index i = 0; i < 4; i++) {
            acc[i] = p->bias[o + i];
        }
        lapel_dot4(acc, x, w, row, &runs);
        lapel_finish(y + o, acc, o, 4, &output);
        w += 4 * row;
    }
    for (lapel_index o = blocks; o < p->outputs; o++) {
        acc[0] = lapel_dot1(p->bias[o], x, w, &runs);
        lapel_finish(y + o, acc, o, 1, &output);
        w += row;
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
