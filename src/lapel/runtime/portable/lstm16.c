#include "lstm16.h"

/* acc * mul * 2^-right, halves up, saturated to int16. |acc| < 2^47. */
static int32_t lapel_lstm16_round(int64_t acc, int16_t mul, int8_t right)
{
    return lapel_saturate16((int32_t)((acc * mul + ((int64_t)1 << (right - 1))) >> right));
}

/* One step of one batch: y: [units], the new hidden state; h: [units], the old one, elsewhere; c_new may be c. */
static void lapel_lstm16_step(int16_t *y, int16_t *c_new, const int16_t *x, const int16_t *h, const int16_t *c,
                              const LAPEL_ROM lapel_lstm16_params *p)
{
    const lapel_lstmcell cell = {p->sigmoid,    p->in_mul,  p->out_mul, p->cell_mul, p->in_shift, p->out_shift,
                                 p->cell_shift, p->cell_lo, p->cell_hi, 0,           INT16_MIN,   INT16_MAX};
    const lapel_runs inputs = {1, p->inputs, 0, 0}, units = {1, p->units, 0, 0};
    const LAPEL_ROM int64_t *w_bias = p->w_bias;
    const LAPEL_ROM int8_t *w = p->w, *r = p->r;

    for (lapel_index n = 0; n < p->units; n++) {
        int64_t sums[4], recurrent[4] = {0, 0, 0, 0};
        int32_t gates[4];

        for (int_fast8_t g = 0; g < 4; g++) {
            sums[g] = *w_bias++;
        }
        lapel_dot16_4(sums, x, w, (size_t)p->inputs, &inputs);
        lapel_dot16_4(recurrent, h, r, (size_t)p->units, &units);
        w += 4 * (size_t)p->inputs;
        r += 4 * (size_t)p->units;
        for (int_fast8_t g = 0; g < 4; g++) {
            gates[g] = lapel_saturate16(lapel_lstm16_round(sums[g], p->w_mul[g], p->w_right[g]) +
                                        lapel_lstm16_round(recurrent[g], p->r_mul[g], p->r_right[g]));
        }
        y[n] = lapel_lstmcell_step(gates, c_new + n, c[n], &cell);
    }
}

void lapel_lstm16(int16_t *y, int16_t *h_new, int16_t *c_new, const int16_t *x, const int16_t *h, const int16_t *c,
                  const LAPEL_ROM lapel_lstm16_params *p)
{
    for (lapel_index b = 0; b < p->batches; b++) {
        const int16_t *x_row = x + (size_t)b * (size_t)p->batch_rows * (size_t)p->inputs, *before = h, *cells = c;
        int16_t *y_row = y + (size_t)b * (size_t)p->batch_rows * (size_t)p->units;

        for (lapel_index t = 0; t < p->steps; t++) {
            lapel_lstm16_step(y_row, c_new, x_row, before, cells, p);
            before = y_row;
            cells = c_new;
            x_row += (size_t)p->step_rows * (size_t)p->inputs;
            y_row += (size_t)p->step_rows * (size_t)p->units;
        }
        memcpy(h_new, before, (size_t)p->units * sizeof *h_new);
        h += p->units;
        h_new += p->units;
        c += p->units;
        c_new += p->units;
    }
}
