#include "project4.h"

void lapel_project4(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_project4_params *p)
{
    const lapel_index inputs = p->inputs, bytes = lapel_nibbles_bytes(inputs);

    for (lapel_index n = p->batches; n > 0; n--) {
        const int32_t excess = lapel_nibbles_excess(x, inputs);
        const LAPEL_ROM uint8_t *w = p->w;

        for (lapel_index o = 0; o < p->outputs; o++) {
            *y++ = lapel_clamp((p->bias[o] - excess + lapel_nibbles_sum(x, w, inputs)) >> p->drop, -128, 127);
            w += bytes;
        }
        x += inputs;
    }
}
