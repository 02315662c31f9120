/* One channel's automatic gain (SPEC 10). */
#ifndef LAPEL_PCANCELL_H
#define LAPEL_PCANCELL_H

#include "highbit.h"
#include "pcan.h"

/* The parabola of the octave that the noise is in. */
LAPEL_INLINE int16_t lapel_pcan_gain(uint32_t noise, const LAPEL_ROM int16_t *gains)
{
    int_fast8_t zeros;
    int32_t part, slope;

    if (noise <= 2) {
        return gains[noise];
    }
    zeros = lapel_leading_zeros(noise);
    gains += 122 - 4 * zeros;
    part = (int32_t)((noise << zeros) >> 21 & 1023u);
    slope = (gains[2] * part >> 5) + (int32_t)gains[1] * 32;
    return (int16_t)(gains[0] + ((slope * part + (1 << 14)) >> 15));
}

LAPEL_INLINE uint32_t lapel_pcan_cell(uint32_t x, uint32_t noise, const LAPEL_ROM lapel_pcan_params *p)
{
    const uint32_t gain = (uint32_t)(int32_t)lapel_pcan_gain(noise, p->gains);
    const uint32_t ratio = (uint32_t)((uint64_t)x * gain >> p->snr_shift);

    return ratio < 8192u ? ratio * ratio >> 20 : (ratio >> 6) - 64u;
}

#endif
