#include "banklog.h"
#include "highbit.h"

/* ln(x) * 2^16 of x > 0. */
LAPEL_INLINE uint32_t lapel_banklog_natural(uint32_t x, const LAPEL_ROM uint16_t *table)
{
    const int_fast8_t zeros = lapel_leading_zeros(x);
    const uint32_t octave = 31u - (uint32_t)zeros;
    const uint32_t part = (x << zeros) >> 15 & 65535u;
    const LAPEL_ROM uint16_t *ends = table + (part >> 9);
    const int32_t rise = ((int32_t)ends[1] - (int32_t)ends[0]) * (int32_t)(part & 511u) >> 16;
    const uint32_t log2 = (octave << 16) + part + ends[0] + (uint32_t)rise;

    return (uint32_t)((45426u * (uint64_t)log2 + 32768u) >> 16); /* ln(2) */
}

void lapel_banklog(int16_t *y, const uint32_t *x, const LAPEL_ROM lapel_banklog_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        const uint32_t scaled = *x++ << p->correction_bits;
        uint32_t log = 0;

        if (scaled > 1) {
            log = (p->output_scale * lapel_banklog_natural(scaled, p->table) + 32768u) >> 16;
        }
        *y++ = (int16_t)(log < 32767u ? log : 32767u);
    }
}
