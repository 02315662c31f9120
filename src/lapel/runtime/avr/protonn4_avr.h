/* The kernel `protonn4` for 8-bit AVR cores: one row of x, and distances that 16 bits hold without a sign. */
#ifndef LAPEL_PROTONN4_AVR_H
#define LAPEL_PROTONN4_AVR_H

#include "avrnibbles.h"

typedef struct {
    const LAPEL_ROM uint8_t *w;      /* blocks of eight prototypes: avrnibbles.h */
    const LAPEL_ROM uint16_t *norm;  /* [prototypes] 2^(halve - 2) * (sum of w^2) + offset + 128 * (sum of w) */
    const LAPEL_ROM uint8_t *counts; /* [classes] prototypes of each */
    const LAPEL_ROM uint8_t *table;  /* [limit >> drop], and one for what is farther */
    lapel_index dims;                /* >= 1 */
    lapel_index classes;             /* >= 1 */
    uint16_t limit;                  /* distances from here on have the last entry */
    uint8_t last;
    uint8_t halve;                   /* 2..8 */
    uint8_t drop;                    /* 0..15 */
} lapel_protonn4_avr_params;

/* y: [classes]; x: [dims]. */
typedef void lapel_protonn4_avr_fn(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_protonn4_avr_params *p);
LAPEL_KERNEL lapel_protonn4_avr_fn lapel_protonn4_avr;

#endif
