/* From sums of 32 bits to int16 outputs on Helium, four lanes at a time: the rounding `reduced` (SPEC 2.4) in one product. */
#ifndef LAPEL_SCALE16_MVE_H
#define LAPEL_SCALE16_MVE_H

#include "mve.h"

#ifdef LAPEL_MVE_ARM

typedef int32x4_t lapel_mve16_lanes;

/* acc * mul * 2^(-drop - 32), halves up, clamped. drop: 1..14. */
LAPEL_INLINE lapel_mve16_lanes lapel_mve16_scale(lapel_mve16_lanes acc, lapel_mve16_lanes mul, lapel_mve16_lanes drop,
                                                 int16_t lo, int16_t hi)
{
    const int32x4_t v = vrshlq_s32(vmulhq_s32(acc, mul), vnegq_s32(drop));

    return vminq_s32(vmaxq_s32(v, vdupq_n_s32(lo)), vdupq_n_s32(hi));
}

#else

/* One of them. */
typedef int32_t lapel_mve16_lanes;

LAPEL_INLINE lapel_mve16_lanes lapel_mve16_scale(lapel_mve16_lanes acc, lapel_mve16_lanes mul, lapel_mve16_lanes drop,
                                                 int16_t lo, int16_t hi)
{
    const int32_t v = ((int32_t)((int64_t)acc * mul >> 32) + ((int32_t)1 << (drop - 1))) >> drop;

    return lapel_clamp16(v, lo, hi);
}

#endif

#endif
