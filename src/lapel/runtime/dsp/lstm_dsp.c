#include "lstm_dsp.h"

/* A lapel_lstmsums_step. */
static void lapel_lstm_dsp_step(int8_t *y, int16_t *c_new, const int8_t *x, const int8_t *h, const int16_t *c,
                                const LAPEL_ROM lapel_lstm_dsp_params *p)
{
    const lapel_lstmcell cell = lapel_lstmsums_cell(p);
    int8_t x_last[4], h_last[4];
    const int8_t *x_tail = lapel_dspsums_tail(x_last, x, p->inputs);
    const int8_t *h_tail = lapel_dspsums_tail(h_last, h, p->units);
    const LAPEL_ROM int32_t *w = p->w;
    int32_t sums[4], recurrent[4];

    for (lapel_index n = 0; n < p->units; n++) {
        w = lapel_dspsums(sums, w, x, p->inputs >> 2, x_tail);
        w = lapel_dspsums(recurrent, w, h, p->units >> 2, h_tail);
        lapel_lstmsums_gates(sums, recurrent, p);
        y[n] = (int8_t)lapel_lstmcell_step(sums, c_new + n, c[n], &cell);
    }
}

void lapel_lstm_dsp(int8_t *y, int8_t *h_new, int16_t *c_new, const int8_t *x, const int8_t *h, const int16_t *c,
                    const LAPEL_ROM lapel_lstm_dsp_params *p)
{
    lapel_lstmsums_walk(y, h_new, c_new, x, h, c, p, lapel_lstm_dsp_step);
}
