#include "dense16_dsp.h"

static void lapel_dense16_dsp_row(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_dense16_dsp_params *p)
{
    const lapel_dsp16_output output = {p->mul, p->drop, p->per_channel, p->clamped, p->lo, p->hi};
    const lapel_dsp16_runs runs = {1, p->inputs >> 2, p->inputs & 3, 0, 0};
    const lapel_index pair = 2 * ((p->inputs + 3) >> 2);
    const LAPEL_ROM uint32_t *w = p->w;

    for (lapel_index o = 0; o < p->outputs; o += 4) {
        const lapel_index count = p->outputs - o;
        int32_t acc[4] = {p->bias[o], p->bias[o + 1], p->bias[o + 2], p->bias[o + 3]};

        lapel_dsp16_quad(acc, x, w, w + pair, &runs);
        lapel_dsp16_store(y + o, acc, o, count, &output);
        if (count > 2) {
            lapel_dsp16_store(y + o + 2, acc + 2, o + 2, count - 2, &output);
        }
        w += 2 * pair;
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
