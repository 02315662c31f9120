/* Natural logarithms of integers, by a table of an octave (SPEC 10). */
#ifndef LAPEL_NATURALLOG_H
#define LAPEL_NATURALLOG_H

#include "highbit.h"

#define LAPEL_LN2 45426u /* ln(2) * 2^16 */

/* ln(x) * 2^16 of x > 0. table: [129]: what log2 is above the straight line in an octave, times 2^16. */
LAPEL_INLINE uint32_t lapel_natural_log(uint32_t x, const LAPEL_ROM uint16_t *table)
{
    const int_fast8_t zeros = lapel_leading_zeros(x);
    const uint32_t part = (x << zeros) >> 15 & 65535u;
    const LAPEL_ROM uint16_t *ends = table + (part >> 9);
    const int32_t rise = ((int32_t)ends[1] - (int32_t)ends[0]) * (int32_t)(part & 511u) >> 16;
    const uint32_t log2 = ((31u - (uint32_t)zeros) << 16) + part + ends[0] + (uint32_t)rise;

    return LAPEL_LN2 * (log2 >> 16) + ((LAPEL_LN2 * (log2 & 65535u) + 32768u) >> 16);
}

#endif
