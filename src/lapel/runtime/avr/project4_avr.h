/* The kernel `project4` for 8-bit AVR cores: one row of x, and sums that 16 bits hold. */
#ifndef LAPEL_PROJECT4_AVR_H
#define LAPEL_PROJECT4_AVR_H

#include "avrnibbles.h"

typedef struct {
    const LAPEL_ROM uint8_t *w;     /* blocks of eight outputs: avrnibbles.h */
    const LAPEL_ROM uint16_t *bias; /* [outputs], with what rounds the shift, less 128 * (sum of the row) */
    lapel_index inputs;             /* >= 1 */
    lapel_index outputs;            /* >= 1 */
    uint8_t drop;                   /* 0..15 */
} lapel_project4_avr_params;

/* y: [outputs]; x: [inputs]; they do not overlap. */
typedef void lapel_project4_avr_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_project4_avr_params *p);
LAPEL_KERNEL lapel_project4_avr_fn lapel_project4_avr;

#endif
