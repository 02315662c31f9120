#include "pcan_mve.h"

#ifdef LAPEL_MVE_ARM

/* Gains of four, as lapel_pcan_gain: of a noise up to 2 the place is the noise, and nothing is added. */
LAPEL_INLINE int32x4_t lapel_pcan_mve_gain(uint32x4_t noise, const LAPEL_ROM int16_t *gains)
{
    const mve_pred16_t octaves = vcmphiq_n_u32(noise, 2);
    const uint32x4_t zeros = vclzq_u32(noise), none = vdupq_n_u32(0);
    const uint32x4_t top = vshrq_n_u32(vshlq_u32(noise, vreinterpretq_s32_u32(zeros)), 21);
    const uint32x4_t part = vpselq_u32(vandq_u32(top, vdupq_n_u32(1023)), none, octaves);
    const uint32x4_t at = vpselq_u32(vsubq_u32(vdupq_n_u32(122), vshlq_n_u32(zeros, 2)), noise, octaves);
    const int32x4_t first = vldrhq_gather_shifted_offset_s32(gains, at);
    const int32x4_t second = vldrhq_gather_shifted_offset_s32(gains + 1, at);
    const int32x4_t third = vldrhq_gather_shifted_offset_s32(gains + 2, at);
    const int32x4_t signed_part = vreinterpretq_s32_u32(part);
    const int32x4_t slope = vaddq_s32(vshrq_n_s32(vmulq_s32(third, signed_part), 5), vshlq_n_s32(second, 5));
    const int32x4_t gain = vaddq_s32(first, vrshrq_n_s32(vmulq_s32(slope, signed_part), 15));

    return vmovlbq_s16(vreinterpretq_s16_s32(gain));
}

/* Shifts of 32 bits and more give 0, to either side. */
void lapel_pcan_mve(uint32_t *y, const uint32_t *x, const uint32_t *noise, const LAPEL_ROM lapel_pcan_mve_params *p)
{
    const int32_t right = p->snr_shift;
    const LAPEL_ROM int16_t *const gains = p->gains;

    for (lapel_index left = p->count; left > 0; left -= 4) {
        const mve_pred16_t some = vctp32q((uint32_t)left);
        const uint32x4_t gain = vreinterpretq_u32_s32(lapel_pcan_mve_gain(vldrwq_z_u32(noise, some), gains));
        const uint32x4_t signal = vldrwq_z_u32(x, some);
        const uint32x4_t low = vshlq_r_u32(vmulq_u32(signal, gain), -right);
        const uint32x4_t ratio = vorrq_u32(low, vshlq_r_u32(vmulhq_u32(signal, gain), 32 - right));
        const uint32x4_t square = vshrq_n_u32(vmulq_u32(ratio, ratio), 20);
        const uint32x4_t line = vsubq_u32(vshrq_n_u32(ratio, 6), vdupq_n_u32(64));

        vstrwq_p_u32(y, vpselq_u32(line, square, vcmpcsq_n_u32(ratio, 8192u)), some);
        x += 4;
        noise += 4;
        y += 4;
    }
}

#else

void lapel_pcan_mve(uint32_t *y, const uint32_t *x, const uint32_t *noise, const LAPEL_ROM lapel_pcan_mve_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_pcan_cell(*x++, *noise++, p);
    }
}

#endif
