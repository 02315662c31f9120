#include "lstm_mve.h"

/* One step of one batch: y: [units], the new hidden state; h: [units], the old one, elsewhere; c_new may be c. */
static void lapel_lstm_mve_step(int8_t *y, int16_t *c_new, const int8_t *x, const int8_t *h, const int16_t *c,
                                const LAPEL_ROM lapel_lstm_mve_params *p)
{
    const lapel_lstmcell cell = {p->sigmoid,    p->in_mul,  p->out_mul, p->cell_mul, p->in_shift, p->out_shift,
                                 p->cell_shift, p->cell_lo, p->cell_hi, p->h_zero,   INT8_MIN,    INT8_MAX};
    const LAPEL_ROM int32_t *w = p->w;
    int32_t sums[4], recurrent[4];

    for (lapel_index n = 0; n < p->units; n++) {
        w = lapel_mve_sums(sums, w, x, p->inputs);
        w = lapel_mve_sums(recurrent, w, h, p->units);
        for (int_fast8_t g = 0; g < 4; g++) {
            const int32_t s = lapel_dspsums_requantize(sums[g], p->w_mul[g], -p->w_shift[g]);
            const int32_t t = lapel_dspsums_requantize(recurrent[g], p->r_mul[g], -p->r_shift[g]);

            sums[g] = lapel_saturate16(lapel_saturate16(s) + lapel_saturate16(t));
        }
        y[n] = (int8_t)lapel_lstmcell_step(sums, c_new + n, c[n], &cell);
    }
}

void lapel_lstm_mve(int8_t *y, int8_t *h_new, int16_t *c_new, const int8_t *x, const int8_t *h, const int16_t *c,
                    const LAPEL_ROM lapel_lstm_mve_params *p)
{
    for (lapel_index b = 0; b < p->batches; b++) {
        const int8_t *x_row = x + b * p->batch_rows * p->inputs, *before = h;
        int8_t *y_row = y + b * p->batch_rows * p->units;
        const int16_t *cells = c;

        for (lapel_index t = 0; t < p->steps; t++) {
            lapel_lstm_mve_step(y_row, c_new, x_row, before, cells, p);
            before = y_row;
            cells = c_new;
            x_row += p->step_rows * p->inputs;
            y_row += p->step_rows * p->units;
        }
        memcpy(h_new, before, (size_t)p->units);
        h += p->units;
        h_new += p->units;
        c += p->units;
        c_new += p->units;
    }
}
