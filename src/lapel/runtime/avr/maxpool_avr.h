/* Maximum over the cells of a window that are inside the image, for 8-bit AVR cores. */
#ifndef LAPEL_MAXPOOL_AVR_H
#define LAPEL_MAXPOOL_AVR_H

#include "avrpool.h"

typedef struct {
    lapel_avrpool_shape pool;
} lapel_maxpool_avr_params;

/* y: [batches][out_h][out_w][channels]; x: [batches][in_h][in_w][channels]. They may overlap as the planner computes from
 * the order: pixels upwards, channel by channel (families/overlap.py). */
typedef void lapel_maxpool_avr_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_maxpool_avr_params *p);
LAPEL_KERNEL lapel_maxpool_avr_fn lapel_maxpool_avr;

#endif
