#include "dense16_dsp.h"

static void lapel_dense16_dsp_row(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_dense16_dsp_params *p)
{
    const lapel_dsp16_runs runs = {1, p->inputs >> 2, p->inputs & 3, 0, 0};
    const LAPEL_ROM uint32_t *w = p->w;

    for (lapel_index o = 0; o < p->outputs; o += 2) {
        const lapel_index s = p->per_channel ? o : 0, next = p->per_channel ? s + 1 : 0;
        int32_t acc[2] = {p->bias[o], p->bias[o + 1]};

        lapel_dsp16_pixel(acc, x, w, &runs);
        y[o] = lapel_dsp16_finish(acc[0], p->mul[s], p->drop[s], p->lo, p->hi);
        if (o + 1 < p->outputs) {
            y[o + 1] = lapel_dsp16_finish(acc[1], p->mul[next], p->drop[next], p->lo, p->hi);
        }
        w += 2 * ((p->inputs + 3) >> 2);
    }
}

void lapel_dense16_dsp(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_dense16_dsp_params *p)
{
    for (lapel_index n = 0; n < p->batches; n++) {
        lapel_dense16_dsp_row(y, x, p);
        y += p->outputs;
        x += p->inputs;
    }
}
