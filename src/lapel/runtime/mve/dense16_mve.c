#include "dense16_mve.h"

void lapel_dense16_mve(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_dense16_mve_params *p)
{
    const lapel_mve16_output output = {p->mul, p->drop, p->per_channel, p->lo, p->hi};
    const lapel_mve16_runs runs = {1, p->inputs, 0, 0};

    for (lapel_index n = p->batches; n > 0; n--) {
        for (lapel_index o = 0; o < p->outputs; o += 4) {
            const LAPEL_ROM int8_t *w[4];
            int32_t acc[4];

            for (lapel_index i = 0; i < 4; i++) { /* beyond the last output it is once more the last one */
                w[i] = p->w + (o + i < p->outputs ? o + i : p->outputs - 1) * p->inputs;
                acc[i] = p->bias[o + i];
            }
            lapel_mve16_four(acc, x, w, &runs);
            lapel_mve16_finish(y + o, acc, o, p->outputs - o, &output);
        }
        y += p->outputs;
        x += p->inputs;
    }
}
