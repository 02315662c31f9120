/* The kernel `lstm` for Helium: sums over x and over h sixteen products an instruction. */
#ifndef LAPEL_LSTM_MVE_H
#define LAPEL_LSTM_MVE_H

#include "sums_mve.h"
#include "lstmcell.h"

typedef struct {
    const LAPEL_ROM int32_t *w;        /* of each unit two groups of sums_mve.h, of x and of h: the rows are its gates */
    const LAPEL_ROM uint16_t *sigmoid; /* [256] 2^16 / (1 + exp(-i / 24)) */
    lapel_index batches;               /* >= 1 */
    lapel_index steps;                 /* >= 1 */
    lapel_index inputs;                /* >= 1 */
    lapel_index units;                 /* >= 1 */
    lapel_index batch_rows;            /* from a step of one batch to that of the next, in rows of x and y */
    lapel_index step_rows;             /* from a step to the next, in rows of x and y */
    int32_t w_mul[4];                  /* of each gate: sums over x to Q3.12 */
    int32_t r_mul[4];                  /* sums over the hidden state to Q3.12 */
    int32_t in_mul;                    /* lapel_lstmcell has these */
    int32_t out_mul;
    int32_t cell_mul;
    int8_t w_shift[4];                 /* -30..0 */
    int8_t r_shift[4];
    int8_t in_shift;
    int8_t out_shift;
    int8_t cell_shift;
    int16_t cell_lo;
    int16_t cell_hi;
    int16_t h_zero;                    /* -128..127 */
} lapel_lstm_mve_params;

/* As lapel_lstm. */
typedef void lapel_lstm_mve_fn(int8_t *y, int8_t *h_new, int16_t *c_new, const int8_t *x, const int8_t *h,
                               const int16_t *c, const LAPEL_ROM lapel_lstm_mve_params *p);
LAPEL_KERNEL lapel_lstm_mve_fn lapel_lstm_mve;

#endif
