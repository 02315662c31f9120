#include "dense_dsp.h"

void lapel_dense_dsp(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_dsp_params *p)
{
    const lapel_index blocks = p->inputs >> 2, rest = p->inputs & 3;
    const lapel_dsp_layer layer = {p->w, p->scale, p->scale_step, 2 * p->y_zero + 1, blocks, p->outputs, 0};
    int8_t tail[4] = {0, 0, 0, 0};

    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index k = 0; k < rest; k++) {
            tail[k] = x[4 * blocks + k];
        }
        lapel_dsp_quads(y, x, rest > 0 ? tail : 0, &layer);
        if (p->clamped) {
            lapel_dsp_clamp(y, p->outputs, p->lo, p->hi);
        }
        y += p->outputs;
        x += p->inputs;
    }
}
