#include "fastgrnn4.h"

void lapel_fastgrnn4(int8_t *y, int16_t *h_new, const int8_t *x, const int16_t *h,
                     const LAPEL_ROM lapel_fastgrnn4_params *p)
{
    const lapel_fastgrnncell cell = {p->table, p->zeta, p->nu, p->drop};
    const LAPEL_ROM uint8_t *w = p->w, *u = p->u;
    const lapel_index units = p->units, inputs = p->inputs;
    int32_t excess;

    for (lapel_index i = 0; i < units; i++) {
        p->scratch[i] = lapel_fastgrnncell_seen(h[i]);
    }
    excess = lapel_nibbles_excess(x, inputs) * ((int32_t)1 << p->x_left) +
             lapel_nibbles_excess(p->scratch, units) * ((int32_t)1 << p->s_left);
    for (lapel_index i = 0; i < units; i++) {
        const int32_t sum = lapel_nibbles_sum(x, w, inputs) * ((int32_t)1 << p->x_left) +
                            lapel_nibbles_sum(p->scratch, u, units) * ((int32_t)1 << p->s_left) - excess;

        h_new[i] = lapel_fastgrnncell_step(h[i], sum + p->gate[i], sum + p->update[i], &cell);
        y[i] = lapel_fastgrnncell_seen(h_new[i]);
        w += lapel_nibbles_bytes(inputs);
        u += lapel_nibbles_bytes(units);
    }
}
