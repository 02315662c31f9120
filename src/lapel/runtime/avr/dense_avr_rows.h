/* The kernel `dense` for 8-bit AVR cores: several rows of x. */
#ifndef LAPEL_DENSE_AVR_ROWS_H
#define LAPEL_DENSE_AVR_ROWS_H

#include "avrrow.h"

typedef struct {
    lapel_avrrow_shape layer;
    lapel_index batches; /* rows of x and y, >= 1 */
} lapel_dense_avr_rows_params;

/* y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense_avr_rows_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_avr_rows_params *p);
LAPEL_KERNEL lapel_dense_avr_rows_fn lapel_dense_avr_rows;

#endif
