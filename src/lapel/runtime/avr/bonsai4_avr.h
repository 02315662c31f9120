/* The kernel `bonsai4` for 8-bit AVR cores: one row of x, and sums that 16 bits hold. */
#ifndef LAPEL_BONSAI4_AVR_H
#define LAPEL_BONSAI4_AVR_H

#include "avrnibbles.h"

typedef struct {
    const LAPEL_ROM uint8_t *w;     /* [nodes] blocks of eight rows, avrnibbles.h: w and v of each class in turn, branch */
    const LAPEL_ROM uint16_t *bias; /* [nodes][2 * classes + 1], less 128 * (sum of the row) */
    lapel_index dims;               /* >= 1 */
    lapel_index classes;            /* >= 1 */
    lapel_index inner;              /* nodes with a branch, >= 1 */
    lapel_index blocks;             /* of a node */
    uint8_t drop;                   /* 0..15 */
    uint8_t scale;                  /* 7..23 */
} lapel_bonsai4_avr_params;

/* y: [classes]; x: [dims]. */
typedef void lapel_bonsai4_avr_fn(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_bonsai4_avr_params *p);
LAPEL_KERNEL lapel_bonsai4_avr_fn lapel_bonsai4_avr;

#endif
