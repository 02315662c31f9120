/* LSTM over a sequence of int16 values: as lstm.h, with sums of 64 bits that are rounded once (SPEC 7). */
#ifndef LAPEL_LSTM16_H
#define LAPEL_LSTM16_H

#include "dot16.h"
#include "lstmcell.h"

typedef struct {
    const LAPEL_ROM int8_t *w;         /* [units][4][inputs]: input, forget, cell and output gate of each unit */
    const LAPEL_ROM int8_t *r;         /* [units][4][units]: as w, for the hidden state */
    const LAPEL_ROM int64_t *w_bias;   /* [units][4] */
    const LAPEL_ROM uint16_t *sigmoid; /* [256], 2^16 / (1 + exp(-i / 24)) */
    lapel_index batches;               /* >= 1 */
    lapel_index steps;                 /* >= 1 */
    lapel_index inputs;                /* >= 1 */
    lapel_index units;                 /* >= 1 */
    lapel_index batch_rows;            /* 1..batches * steps, rows of x and y from one batch to the next */
    lapel_index step_rows;             /* 1..batches * steps, rows of x and y from one step to the next;
                                        * (batches - 1) * batch_rows + (steps - 1) * step_rows < batches * steps */
    int32_t in_mul;                    /* lapel_lstmcell has these */
    int32_t out_mul;
    int32_t cell_mul;                  /* -32768..32768 */
    int16_t w_mul[4];                  /* 0..32767, of each gate: sums over x to Q3.12 */
    int16_t r_mul[4];                  /* sums over the hidden state to Q3.12 */
    int16_t cell_lo;
    int16_t cell_hi;
    int8_t w_right[4];                 /* 1..46 */
    int8_t r_right[4];                 /* 1..46 */
    int8_t in_shift;                   /* -31..30 */
    int8_t out_shift;                  /* -31..30 */
    int8_t cell_shift;                 /* 0..30 */
} lapel_lstm16_params;

/* Total. y: [batches][steps][units]; x: [batches][steps][inputs]; h, c, h_new, c_new: [batches][units]. As lapel_lstm,
 * of int16 values. */
typedef void lapel_lstm16_fn(int16_t *y, int16_t *h_new, int16_t *c_new, const int16_t *x, const int16_t *h,
                             const int16_t *c, const LAPEL_ROM lapel_lstm16_params *p);
LAPEL_KERNEL lapel_lstm16_fn lapel_lstm16;

#endif
