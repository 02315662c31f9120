/* Squares of the absolute values of complex numbers, four at a time, each in two words. */
#ifndef LAPEL_SQUARES_MVE_H
#define LAPEL_SQUARES_MVE_H

#include "mve.h"

#ifdef LAPEL_MVE_ARM

typedef struct {
    uint32x4_t high;
    uint32x4_t low;
} lapel_mve_wide;

/* Of count >= 1 numbers, four at most, zeros beyond. */
LAPEL_INLINE lapel_mve_wide lapel_mve_squares(const int32_t *x, lapel_index count)
{
    const mve_pred16_t some = vctp32q((uint32_t)count);
    const uint32x4_t places = vidupq_n_u32(0, 8);
    const int32x4_t re = vldrwq_gather_offset_z_s32(x, places, some), im = vldrwq_gather_offset_z_s32(x + 1, places, some);
    const uint32x4_t first = vreinterpretq_u32_s32(vmulq_s32(re, re));
    lapel_mve_wide sum;

    sum.low = vaddq_u32(first, vreinterpretq_u32_s32(vmulq_s32(im, im)));
    sum.high = vreinterpretq_u32_s32(vaddq_s32(vmulhq_s32(re, re), vmulhq_s32(im, im)));
    sum.high = vaddq_m_n_u32(sum.high, sum.high, 1, vcmphiq_u32(first, sum.low));
    return sum;
}

#endif

#endif
