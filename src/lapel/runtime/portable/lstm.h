/* LSTM over a sequence: four gates of x and of the hidden state before it, cell state in 16 bits (SPEC 7). */
#ifndef LAPEL_LSTM_H
#define LAPEL_LSTM_H

#include "dot.h"
#include "lstmcell.h"

typedef struct {
    const LAPEL_ROM int8_t *w;         /* [units][4][inputs]: input, forget, cell and output gate of each unit */
    const LAPEL_ROM int8_t *r;         /* [units][4][units]: as w, for the hidden state */
    const LAPEL_ROM int32_t *w_bias;   /* [units][4], less x's zero point * (sum of the row's weights) */
    const LAPEL_ROM int32_t *r_bias;   /* [units][4], as w_bias, without a bias */
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
    int8_t w_shift[4];                 /* -31..30 */
    int8_t r_shift[4];                 /* -31..30 */
    int8_t in_shift;                   /* -31..30 */
    int8_t out_shift;                  /* -31..30 */
    int8_t cell_shift;                 /* 0..30 */
    int16_t cell_lo;
    int16_t cell_hi;
    int16_t h_zero;                    /* -128..127 */
} lapel_lstm_params;

/* Total. y: [batches][steps][units]; x: [batches][steps][inputs], in the order that the rows say;
 * h, c, h_new, c_new: [batches][units]; h_new may be h, and c_new may be c, nothing else overlaps. */
typedef void lapel_lstm_fn(int8_t *y, int8_t *h_new, int16_t *c_new, const int8_t *x, const int8_t *h, const int16_t *c,
                           const LAPEL_ROM lapel_lstm_params *p);
LAPEL_KERNEL lapel_lstm_fn lapel_lstm;

#endif
