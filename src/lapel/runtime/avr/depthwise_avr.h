/* The kernel `depthwise` for 8-bit AVR cores: a window is gathered, and then each channel's values times its weights. */
#ifndef LAPEL_DEPTHWISE_AVR_H
#define LAPEL_DEPTHWISE_AVR_H

#include "avrlanes.h"
#include "avrwindow.h"

typedef struct {
    lapel_avrconv_shape conv;
} lapel_depthwise_avr_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the planner computes from
 * the order: pixels upwards, one at a time (families/overlap.py). */
typedef void lapel_depthwise_avr_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_avr_params *p);
LAPEL_KERNEL lapel_depthwise_avr_fn lapel_depthwise_avr;

#endif
