#include "fastgrnn.h"

void lapel_fastgrnn(int8_t *y, int16_t *h_new, const int8_t *x, const int16_t *h,
                    const LAPEL_ROM lapel_fastgrnn_params *p)
{
    const lapel_fastgrnncell cell = {p->table, p->zeta, p->nu, p->drop};
    const lapel_runs from_x = {1, p->inputs, 0, 0}, from_h = {1, p->units, 0, 0};
    const LAPEL_ROM int8_t *w = p->w, *u = p->u;
    const lapel_index units = p->units;

    for (lapel_index i = 0; i < units; i++) {
        p->scratch[i] = lapel_fastgrnncell_seen(h[i]);
    }
    for (lapel_index i = 0; i < units; i++) {
        const int32_t sum = (lapel_dot1(0, x, w, &from_x) * ((int32_t)1 << p->x_left)) +
                            (lapel_dot1(0, p->scratch, u, &from_h) * ((int32_t)1 << p->s_left));

        h_new[i] = lapel_fastgrnncell_step(h[i], sum + p->gate[i], sum + p->update[i], &cell);
        y[i] = lapel_fastgrnncell_seen(h_new[i]);
        w += p->inputs;
        u += units;
    }
}
