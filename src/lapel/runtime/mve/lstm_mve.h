/* The kernel `lstm` for Helium: sums over x and over h sixteen products an instruction. */
#ifndef LAPEL_LSTM_MVE_H
#define LAPEL_LSTM_MVE_H

#include "lstmsums.h"
#include "sums_mve.h"

/* w: [units][8 + up(inputs, 16) + up(units, 16)], rows as sums_mve.h packs them. */
typedef lapel_lstmsums_params lapel_lstm_mve_params;

/* Total. y: [batches][steps][units]; x: [batches][steps][inputs]; h, c, h_new, c_new: [batches][units]. As lapel_lstm. */
typedef void lapel_lstm_mve_fn(int8_t *y, int8_t *h_new, int16_t *c_new, const int8_t *x, const int8_t *h,
                               const int16_t *c, const LAPEL_ROM lapel_lstm_mve_params *p);
LAPEL_KERNEL lapel_lstm_mve_fn lapel_lstm_mve;

#endif
