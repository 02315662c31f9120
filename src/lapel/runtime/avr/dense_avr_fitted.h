/* The kernel `dense` for 8-bit AVR cores: one row of x, and sums and multipliers that 16 bits hold. */
#ifndef LAPEL_DENSE_AVR_FITTED_H
#define LAPEL_DENSE_AVR_FITTED_H

#include "avrfitted.h"

typedef struct {
    lapel_avrfitted_shape layer;
} lapel_dense_avr_fitted_params;

/* y: [outputs]; x: [inputs]; they do not overlap. */
typedef void lapel_dense_avr_fitted_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_avr_fitted_params *p);
LAPEL_KERNEL lapel_dense_avr_fitted_fn lapel_dense_avr_fitted;

#endif
