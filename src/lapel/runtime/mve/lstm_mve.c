#include "lstm_mve.h"

/* A lapel_lstmsums_step. */
static void lapel_lstm_mve_step(int8_t *y, int16_t *c_new, const int8_t *x, const int8_t *h, const int16_t *c,
                                const LAPEL_ROM lapel_lstm_mve_params *p)
{
    const lapel_lstmcell cell = lapel_lstmsums_cell(p);
    const LAPEL_ROM int32_t *w = p->w;
    int32_t sums[4], recurrent[4];

    for (lapel_index n = 0; n < p->units; n++) {
        w = lapel_mve_sums(sums, w, x, p->inputs);
        w = lapel_mve_sums(recurrent, w, h, p->units);
        lapel_lstmsums_gates(sums, recurrent, p);
        y[n] = (int8_t)lapel_lstmcell_step(sums, c_new + n, c[n], &cell);
    }
}

void lapel_lstm_mve(int8_t *y, int8_t *h_new, int16_t *c_new, const int8_t *x, const int8_t *h, const int16_t *c,
                    const LAPEL_ROM lapel_lstm_mve_params *p)
{
    lapel_lstmsums_walk(y, h_new, c_new, x, h, c, p, lapel_lstm_mve_step);
}
