#include "densef32.h"

/* One input row times all weight rows: blocks of four, then the rest one by one. */
static void lapel_densef32_row(float *y, const float *x, const LAPEL_ROM lapel_densef32_params *p)
{
    const lapel_runs runs = {1, p->inputs, 0, 0};
    const size_t row = (size_t)p->inputs;
    const lapel_index blocks = (lapel_index)(p->outputs & ~3);
    const LAPEL_ROM float *w = p->w;
    float acc[4];

    for (lapel_index o = 0; o < blocks; o = (lapel_index)(o + 4)) {
        for (lapel_index i = 0; i < 4; i++) {
            acc[i] = p->bias[o + i];
        }
        lapel_dotf32_4(acc, x, w, row, &runs);
        for (lapel_index i = 0; i < 4; i++) {
            y[o + i] = lapel_limitf32_value(acc[i], p->lo, p->hi);
        }
        w += 4 * row;
    }
    for (lapel_index o = blocks; o < p->outputs; o++) {
        y[o] = lapel_limitf32_value(lapel_dotf32_1(p->bias[o], x, w, &runs), p->lo, p->hi);
        w += row;
    }
}

void lapel_densef32(float *y, const float *x, const LAPEL_ROM lapel_densef32_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        lapel_densef32_row(y, x, p);
        y += p->outputs;
        x += p->inputs;
    }
}
