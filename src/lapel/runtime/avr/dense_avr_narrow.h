/* The kernel `dense` for 8-bit AVR cores: one row of x, and sums that 16 bits hold. */
#ifndef LAPEL_DENSE_AVR_NARROW_H
#define LAPEL_DENSE_AVR_NARROW_H

#include "avrnarrow.h"

typedef struct {
    lapel_avrrow_shape layer;
} lapel_dense_avr_narrow_params;

/* y: [outputs]; x: [inputs]; they do not overlap. */
typedef void lapel_dense_avr_narrow_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_avr_narrow_params *p);
LAPEL_KERNEL lapel_dense_avr_narrow_fn lapel_dense_avr_narrow;

#endif
