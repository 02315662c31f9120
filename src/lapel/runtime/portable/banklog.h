/* Natural logarithms of integers, by a table of an octave (SPEC 10). */
#ifndef LAPEL_BANKLOG_H
#define LAPEL_BANKLOG_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint16_t *table; /* [129]: what log2 is above the straight line in an octave, times 2^16 */
    lapel_index count;               /* elements, >= 1 */
    uint32_t output_scale;           /* < 2^31 */
    uint8_t correction_bits;         /* 0..31 */
} lapel_banklog_params;

/* y, x: [count]; they do not overlap. */
typedef void lapel_banklog_fn(int16_t *y, const uint32_t *x, const LAPEL_ROM lapel_banklog_params *p);
LAPEL_KERNEL lapel_banklog_fn lapel_banklog;

#endif
