/* The kernel `lstm` on packed rows of weights, but for the sums themselves: `lstm_dsp` and `lstm_mve` each form four at a
 * time, of dspsums.h and of sums_mve.h. */
#ifndef LAPEL_LSTMSUMS_H
#define LAPEL_LSTMSUMS_H

#include "dspsums.h"
#include "lstmcell.h"

typedef struct {
    const LAPEL_ROM int32_t *w;        /* of each unit two groups of packed rows, of x and of h: the rows are its gates */
    const LAPEL_ROM uint16_t *sigmoid; /* [256], 2^16 / (1 + exp(-i / 24)) */
    lapel_index batches;               /* >= 1 */
    lapel_index steps;                 /* >= 1 */
    lapel_index inputs;                /* >= 1 */
    lapel_index units;                 /* >= 1 */
    lapel_index batch_rows;            /* 1..batches * steps, rows of x and y from one batch to the next */
    lapel_index step_rows;             /* 1..batches * steps, rows of x and y from one step to the next;
                                        * (batches - 1) * batch_rows + (steps - 1) * step_rows < batches * steps */
    int32_t w_mul[4];                  /* of each gate: sums over x to Q3.12 */
    int32_t r_mul[4];                  /* sums over the hidden state to Q3.12 */
    int32_t in_mul;                    /* lapel_lstmcell has these */
    int32_t out_mul;
    int32_t cell_mul;                  /* -32768..32768 */
    int8_t w_shift[4];                 /* -30..0 */
    int8_t r_shift[4];                 /* -30..0 */
    int8_t in_shift;                   /* -31..30 */
    int8_t out_shift;                  /* -31..30 */
    int8_t cell_shift;                 /* 0..30 */
    int16_t cell_lo;
    int16_t cell_hi;
    int16_t h_zero;                    /* -128..127 */
} lapel_lstmsums_params;

/* One step of one batch: y: [units], the new hidden state; h: [units], the old one, elsewhere; c_new may be c. */
typedef void lapel_lstmsums_step(int8_t *y, int16_t *c_new, const int8_t *x, const int8_t *h, const int16_t *c,
                                 const LAPEL_ROM lapel_lstmsums_params *p);

LAPEL_INLINE lapel_lstmcell lapel_lstmsums_cell(const LAPEL_ROM lapel_lstmsums_params *p)
{
    const lapel_lstmcell cell = {p->sigmoid,    p->in_mul,  p->out_mul, p->cell_mul, p->in_shift, p->out_shift,
                                 p->cell_shift, p->cell_lo, p->cell_hi, p->h_zero,   INT8_MIN,    INT8_MAX};

    return cell;
}

/* What lapel_lstmcell_step takes for the four gates, Q3.12, from their sums over x, in whose place it stands, and over h. */
LAPEL_INLINE void lapel_lstmsums_gates(int32_t *sums, const int32_t *recurrent,
                                       const LAPEL_ROM lapel_lstmsums_params *p)
{
    for (int_fast8_t g = 0; g < 4; g++) {
        const int32_t s = lapel_dspsums_requantize(sums[g], p->w_mul[g], -p->w_shift[g]);
        const int32_t t = lapel_dspsums_requantize(recurrent[g], p->r_mul[g], -p->r_shift[g]);

        sums[g] = lapel_saturate16(lapel_saturate16(s) + lapel_saturate16(t));
    }
}

/* All steps of all batches, as lapel_lstm. */
LAPEL_FORCE_INLINE void lapel_lstmsums_walk(int8_t *y, int8_t *h_new, int16_t *c_new, const int8_t *x, const int8_t *h,
                                            const int16_t *c, const LAPEL_ROM lapel_lstmsums_params *p,
                                            lapel_lstmsums_step *step)
{
    for (lapel_index b = 0; b < p->batches; b++) {
        const int8_t *x_row = x + b * p->batch_rows * p->inputs, *before = h;
        int8_t *y_row = y + b * p->batch_rows * p->units;
        const int16_t *cells = c;

        for (lapel_index t = 0; t < p->steps; t++) {
            step(y_row, c_new, x_row, before, cells, p);
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

#endif
