#include "spectralsubtraction_mve.h"

#ifdef LAPEL_MVE_ARM

/* The lowest 32 bits of the 64 bits of each lane, shifted to the right by 0 to 31. */
LAPEL_INLINE uint32x4_t lapel_spectral_mve_shifted(uint32x4_t low, uint32x4_t high, int32_t bits)
{
    return vorrq_u32(vshlq_r_u32(low, -bits), vshlq_r_u32(high, 32 - bits));
}

/* A pair of params in turns. */
LAPEL_INLINE uint32x4_t lapel_spectral_mve_turns(const LAPEL_ROM uint32_t *pair)
{
    return vsetq_lane_u32(pair[1], vsetq_lane_u32(pair[1], vdupq_n_u32(pair[0]), 1), 3);
}

/* The estimates of noise of four channels. */
LAPEL_INLINE uint32x4_t lapel_spectral_mve_estimate(uint32x4_t scaled, uint32x4_t state,
                                                    const LAPEL_ROM lapel_spectralsubtraction_params *p)
{
    const uint32x4_t smoothing = lapel_spectral_mve_turns(p->smoothing), kept = lapel_spectral_mve_turns(p->kept);
    const uint32x4_t first = vmulq_u32(scaled, smoothing);
    const uint32x4_t low = vaddq_u32(first, vmulq_u32(state, kept));
    uint32x4_t high = vaddq_u32(vmulhq_u32(scaled, smoothing), vmulhq_u32(state, kept));

    high = vaddq_m_n_u32(high, high, 1, vcmphiq_u32(first, low));
    return lapel_spectral_mve_shifted(low, high, p->bits);
}

LAPEL_NOINLINE void lapel_spectral_mve_row(uint32_t *y, uint32_t *noise, const uint32_t *x, const uint32_t *state,
                                           const LAPEL_ROM lapel_spectralsubtraction_params *p)
{
    const int32_t bits = p->bits, up = p->smoothing_bits;
    const uint32x4_t part = vdupq_n_u32(p->floor);

    for (lapel_index left = p->channels; left > 0; left -= 4) {
        const mve_pred16_t some = vctp32q((uint32_t)left);
        const uint32x4_t signal = vldrwq_z_u32(x, some), scaled = vshlq_r_u32(signal, up);
        const uint32x4_t estimate = lapel_spectral_mve_estimate(scaled, vldrwq_z_u32(state, some), p);
        const uint32x4_t known = vminq_u32(estimate, scaled);
        const uint32x4_t floor = lapel_spectral_mve_shifted(vmulq_u32(signal, part), vmulhq_u32(signal, part), bits);

        vstrwq_p_u32(noise, p->clamping ? known : estimate, some);
        vstrwq_p_u32(y, vmaxq_u32(vshlq_r_u32(vsubq_u32(scaled, known), -up), floor), some);
        x += 4;
        state += 4;
        noise += 4;
        y += 4;
    }
}

#else

LAPEL_NOINLINE void lapel_spectral_mve_row(uint32_t *y, uint32_t *noise, const uint32_t *x, const uint32_t *state,
                                           const LAPEL_ROM lapel_spectralsubtraction_params *p)
{
    lapel_spectral_row(y, noise, x, state, p);
}

#endif

void lapel_spectralsubtraction_mve(uint32_t *y, uint32_t *noise, const uint32_t *x, const uint32_t *state,
                                   const LAPEL_ROM lapel_spectralsubtraction_mve_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        lapel_spectral_mve_row(y, noise, x, state, p);
        state = noise;
        noise += p->channels;
        x += p->channels;
        y += p->channels;
    }
}
