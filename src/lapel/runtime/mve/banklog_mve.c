#include "banklog_mve.h"

#ifdef LAPEL_MVE_ARM

/* ln(x) * 2^16 of four, as lapel_natural_log; of 0 any number. */
LAPEL_INLINE uint32x4_t lapel_banklog_mve_natural(uint32x4_t x, const LAPEL_ROM uint16_t *table)
{
    const uint32x4_t zeros = vclzq_u32(x);
    const uint32x4_t part = vandq_u32(vshrq_n_u32(vshlq_u32(x, vreinterpretq_s32_u32(zeros)), 15), vdupq_n_u32(65535));
    const uint32x4_t segment = vshrq_n_u32(part, 9);
    const uint32x4_t low = vldrhq_gather_shifted_offset_u32(table, segment);
    const uint32x4_t high = vldrhq_gather_shifted_offset_u32(table + 1, segment);
    const uint32x4_t rise = vmulq_u32(vsubq_u32(high, low), vandq_u32(part, vdupq_n_u32(511)));
    const uint32x4_t octave = vsubq_u32(vdupq_n_u32(31), zeros);
    uint32x4_t log2 = vaddq_u32(vaddq_u32(part, low), vreinterpretq_u32_s32(vshrq_n_s32(vreinterpretq_s32_u32(rise), 16)));
    uint32x4_t fraction;

    log2 = vaddq_u32(log2, vshlq_n_u32(octave, 16));
    fraction = vmulq_n_u32(vandq_u32(log2, vdupq_n_u32(65535)), LAPEL_LN2);
    fraction = vshrq_n_u32(vaddq_n_u32(fraction, 32768u), 16);
    return vaddq_u32(vmulq_n_u32(vshrq_n_u32(log2, 16), LAPEL_LN2), fraction);
}

void lapel_banklog_mve(int16_t *y, const uint32_t *x, const LAPEL_ROM lapel_banklog_mve_params *p)
{
    const int32_t correction = p->correction_bits;
    const uint32_t scale = p->output_scale;
    const LAPEL_ROM uint16_t *const table = p->table;

    for (lapel_index left = p->count; left > 0; left -= 4) {
        const mve_pred16_t some = vctp32q((uint32_t)left);
        const uint32x4_t scaled = vshlq_r_u32(vldrwq_z_u32(x, some), correction);
        uint32x4_t log = vmulq_n_u32(lapel_banklog_mve_natural(scaled, table), scale);

        log = vminq_u32(vshrq_n_u32(vaddq_n_u32(log, 32768u), 16), vdupq_n_u32(32767));
        log = vpselq_u32(log, vdupq_n_u32(0), vcmphiq_n_u32(scaled, 1));
        vstrhq_p_u32((uint16_t *)y, log, some);
        x += 4;
        y += 4;
    }
}

#else

void lapel_banklog_mve(int16_t *y, const uint32_t *x, const LAPEL_ROM lapel_banklog_mve_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_banklog_cell(*x++, p);
    }
}

#endif
