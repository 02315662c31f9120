/* The kernel `conv` for 8-bit AVR cores: a window is gathered, and then a row of values times all filters. */
#ifndef LAPEL_CONV_AVR_H
#define LAPEL_CONV_AVR_H

#include "avrrow.h"
#include "avrwindow.h"

typedef struct {
    lapel_avrconv_shape conv;
} lapel_conv_avr_params;

/* y: [batches][out_h][out_w][outputs]; x: [batches][in_h][in_w][in_c]. They may overlap as the planner computes from the
 * order: pixels upwards, one at a time (families/overlap.py). */
typedef void lapel_conv_avr_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_avr_params *p);
LAPEL_KERNEL lapel_conv_avr_fn lapel_conv_avr;

#endif
