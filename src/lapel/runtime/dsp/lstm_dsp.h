/* The kernel `lstm` for cores with the DSP extension; x and h are read four values at a time, at any address. */
#ifndef LAPEL_LSTM_DSP_H
#define LAPEL_LSTM_DSP_H

#include "lstmsums.h"

/* w: [units][8 + up(inputs, 4) + up(units, 4)], rows as dspsums.h packs them. */
typedef lapel_lstmsums_params lapel_lstm_dsp_params;

/* Total. y: [batches][steps][units]; x: [batches][steps][inputs]; h, c, h_new, c_new: [batches][units]. As lapel_lstm. */
typedef void lapel_lstm_dsp_fn(int8_t *y, int8_t *h_new, int16_t *c_new, const int8_t *x, const int8_t *h,
                               const int16_t *c, const LAPEL_ROM lapel_lstm_dsp_params *p);
LAPEL_KERNEL lapel_lstm_dsp_fn lapel_lstm_dsp;

#endif
