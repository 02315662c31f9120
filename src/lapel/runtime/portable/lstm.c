#include "lstm.h"

/* One step of one batch: y: [units], the new hidden state; h: [units], the old one, elsewhere; c_new may be c. */
static void lapel_lstm_step(int8_t *y, int16_t *c_new, const int8_t *x, const int8_t *h, const int16_t *c,
                            const LAPEL_ROM lapel_lstm_params *p)
{
    const lapel_lstmcell cell = {p->sigmoid,    p->in_mul,  p->out_mul, p->cell_mul, p->in_shift, p->out_shift,
                                 p->cell_shift, p->cell_lo, p->cell_hi, p->h_zero,   INT8_MIN,    INT8_MAX};
    const lapel_runs inputs = {1, p->inputs, 0, 0}, units = {1, p->units, 0, 0};
    const LAPEL_ROM int32_t *w_bias = p->w_bias, *r_bias = p->r_bias;
    const LAPEL_ROM int8_t *w = p->w, *r = p->r;
    int32_t sums[4], recurrent[4];

    for (lapel_index n = 0; n < p->units; n++) {
        for (int_fast8_t g = 0; g < 4; g++) {
            sums[g] = *w_bias++;
            recurrent[g] = *r_bias++;
        }
        lapel_dot4(sums, x, w, (size_t)p->inputs, &inputs);
        lapel_dot4(recurrent, h, r, (size_t)p->units, &units);
        w += 4 * (size_t)p->inputs;
        r += 4 * (size_t)p->units;
        for (int_fast8_t g = 0; g < 4; g++) {
            const int32_t s = lapel_saturate16(lapel_requantize(sums[g], p->w_mul[g], p->w_shift[g]));
            const int32_t t = lapel_saturate16(lapel_requantize(recurrent[g], p->r_mul[g], p->r_shift[g]));

            sums[g] = lapel_saturate16(s + t);
        }
        y[n] = (int8_t)lapel_lstmcell_step(sums, c_new + n, c[n], &cell);
    }
}

void lapel_lstm(int8_t *y, int8_t *h_new, int16_t *c_new, const int8_t *x, const int8_t *h, const int16_t *c,
                const LAPEL_ROM lapel_lstm_params *p)
{
    for (lapel_index b = 0; b < p->batches; b++) {
        const int8_t *x_row = x + (size_t)b * (size_t)p->batch_rows * (size_t)p->inputs;
        int8_t *y_row = y + (size_t)b * (size_t)p->batch_rows * (size_t)p->units;
        const int8_t *before = h;
        const int16_t *cells = c;

        for (lapel_index t = 0; t < p->steps; t++) {
            lapel_lstm_step(y_row, c_new, x_row, before, cells, p);
            before = y_row;
            cells = c_new;
            x_row += (size_t)p->step_rows * (size_t)p->inputs;
            y_row += (size_t)p->step_rows * (size_t)p->units;
        }
        memcpy(h_new, before, (size_t)p->units);
        h += p->units;
        h_new += p->units;
        c += p->units;
        c_new += p->units;
    }
}
