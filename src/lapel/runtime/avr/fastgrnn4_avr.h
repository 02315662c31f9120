/* The kernel `fastgrnn4` for 8-bit AVR cores: products of states by eight units at a time, sums of products in 16 bits. Those
 * of x, which are few, are summed up as elsewhere: that saves the stack a second row of sums. */
#ifndef LAPEL_FASTGRNN4_AVR_H
#define LAPEL_FASTGRNN4_AVR_H

#include "avrnibbles.h"
#include "fastgrnncell.h"
#include "nibbles.h"

typedef struct {
    const LAPEL_ROM uint8_t *w;       /* [units][(inputs + 1) / 2], two a byte, see nibbles.h */
    const LAPEL_ROM uint8_t *u;       /* blocks of eight units: avrnibbles.h */
    const LAPEL_ROM uint16_t *u_bias; /* [units], less 128 * (sum of the unit's weights in u), modulo 2^16 */
    const LAPEL_ROM int32_t *gate;    /* [units], as sums times their units */
    const LAPEL_ROM int32_t *update;  /* [units]; with either no sum reaches 2^23 */
    const LAPEL_ROM uint8_t *table;   /* [256] of a sigmoid, 256 is 1 */
    int8_t *scratch;                  /* [units] */
    lapel_index inputs;               /* >= 1 */
    lapel_index units;                /* >= 1 */
    uint16_t zeta;                    /* 0..256, 256 is 1 */
    uint16_t nu;
    uint16_t x_unit;                  /* of sums of x: 1..2^15 */
    uint16_t s_unit;                  /* of sums of states */
    uint8_t drop;                     /* of a sum / 256: 1..15 */
} lapel_fastgrnn4_avr_params;

/* y: [units]; x: [inputs]; h, h_new: [units], which may be the same; nothing else overlaps. */
typedef void lapel_fastgrnn4_avr_fn(int8_t *y, int16_t *h_new, const int8_t *x, const int16_t *h,
                                    const LAPEL_ROM lapel_fastgrnn4_avr_params *p);
LAPEL_KERNEL lapel_fastgrnn4_avr_fn lapel_fastgrnn4_avr;

#endif
