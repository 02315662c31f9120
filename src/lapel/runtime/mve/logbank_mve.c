#include "logbank_mve.h"

#define LAPEL_LOGBANK_MVE_BINS 16 /* that are measured ahead */

#ifdef LAPEL_MVE_ARM

/* As lapel_logbank_dsp_step: towards 1 / sqrt(n / 2^32) in units of 2^-31, and never above it. */
LAPEL_INLINE uint32x4_t lapel_logbank_mve_step(uint32x4_t inverse, uint32x4_t n)
{
    const uint32x4_t error = vmulhq_u32(vmulhq_u32(inverse, inverse), n);

    return vshlq_n_u32(vmulhq_u32(inverse, vsubq_u32(vdupq_n_u32(0xbffffffeu), error)), 1);
}

/* 1 / sqrt(n / 2^32) of 26 bits in units of 2^-31, n >= 2^30. */
LAPEL_INLINE uint32x4_t lapel_logbank_mve_inverse(uint32x4_t n, const LAPEL_ROM uint8_t *seeds)
{
    const uint32x4_t part = vsubq_n_u32(vshrq_n_u32(n, 25), 32);
    const uint32x4_t seed = vaddq_n_u32(vldrbq_gather_offset_u32(seeds, part), 256);

    return lapel_logbank_mve_step(lapel_logbank_mve_step(vshlq_n_u32(seed, 23), n), n);
}

/* a less b, of two words each. */
LAPEL_INLINE lapel_mve_wide lapel_logbank_mve_less(lapel_mve_wide a, lapel_mve_wide b)
{
    lapel_mve_wide r;

    r.low = vsubq_u32(a.low, b.low);
    r.high = vsubq_u32(a.high, b.high);
    r.high = vsubq_m_n_u32(r.high, r.high, 1, vcmphiq_u32(b.low, a.low));
    return r;
}

/* The root of n in two words, n >= 2^62, rounded down or one less. */
LAPEL_INLINE uint32x4_t lapel_logbank_mve_whole(lapel_mve_wide n, const LAPEL_ROM uint8_t *seeds)
{
    const uint32x4_t inverse = lapel_logbank_mve_inverse(n.high, seeds);
    const uint32x4_t root = vshlq_n_u32(vmulhq_u32(n.high, inverse), 1);
    const lapel_mve_wide square = {vmulhq_u32(root, root), vmulq_u32(root, root)};
    const lapel_mve_wide rest = lapel_logbank_mve_less(n, square);
    const uint32x4_t part = vorrq_u32(vshrq_n_u32(rest.low, 9), vshlq_n_u32(rest.high, 23));

    return vaddq_u32(root, vshrq_n_u32(vmulhq_u32(part, inverse), 23));
}

/* Square roots to nearest of four numbers up to 2^63. Apart, since GCC 12 fails on it inside of a loop. */
LAPEL_SHARED uint32x4_t lapel_logbank_mve_root(lapel_mve_wide x, const LAPEL_ROM uint8_t *seeds)
{
    const mve_pred16_t small = vcmpeqq_n_u32(x.high, 0);
    const uint32x4_t none = vdupq_n_u32(0);
    const uint32x4_t high = vpselq_u32(x.low, x.high, small), low = vpselq_u32(none, x.low, small);
    const int32x4_t left = vreinterpretq_s32_u32(vbicq_u32(vclzq_u32(high), vdupq_n_u32(1)));
    const int32x4_t half = vaddq_m_n_s32(vshrq_n_s32(left, 1), vshrq_n_s32(left, 1), 16, small);
    lapel_mve_wide n, t;
    uint32x4_t root, next;

    n.high = vmaxq_u32(vorrq_u32(vshlq_u32(high, left), vshlq_u32(low, vsubq_n_s32(left, 32))), vdupq_n_u32(1u << 30));
    n.low = vshlq_u32(low, left);
    root = vrshlq_u32(lapel_logbank_mve_whole(n, seeds), vnegq_s32(half));
    next = vaddq_n_u32(root, 1);
    t.high = vmulhq_u32(root, next);
    t.low = vmulq_u32(root, next);
    t = lapel_logbank_mve_less(t, x);
    return vaddq_u32(root, vshrq_n_u32(t.high, 31));
}

/* Measures the next bins, as far as there are any. */
LAPEL_NOINLINE void lapel_logbank_mve_measure(uint32_t *measured, lapel_logbank_bins *bins)
{
    const LAPEL_ROM uint8_t *const seeds = bins->p->seeds;
    const lapel_index count = bins->left < LAPEL_LOGBANK_MVE_BINS ? bins->left : LAPEL_LOGBANK_MVE_BINS;

    for (lapel_index at = 0; at < count; at += 4) {
        vstrwq_u32(measured + at, lapel_logbank_mve_root(lapel_mve_squares(bins->x + 2 * at, count - at), seeds));
    }
    bins->x += 2 * count;
    bins->left -= count;
    bins->ahead = count;
}

/* Adds count >= 1 bins to what a segment gives to both of its triangles. */
LAPEL_INLINE void lapel_logbank_mve_add(uint64_t *rising, uint64_t *falling, const uint32_t *m,
                                        const LAPEL_ROM int16_t *weights, lapel_index count)
{
    uint64_t up = *rising, down = *falling;

    /* Sums are in an even register and the odd one behind it. */
    __asm__ volatile("dlstp.32 lr, %[count]\n"
                     "1: vldrh.u32 q0, [%[weights]], #8\n"
                     "vldrw.32 q1, [%[m]], #16\n"
                     "vmlaldava.u32 %Q[up], %R[up], q1, q0\n"
                     "vsub.i32 q0, %q[one], q0\n"
                     "vmlaldava.u32 %Q[down], %R[down], q1, q0\n"
                     "letp lr, 1b\n"
                     : [up] "+&r"(up), [down] "+&r"(down), [m] "+&l"(m), [weights] "+&l"(weights)
                     : [count] "r"(count), [one] "w"(vdupq_n_u32(32768))
                     : "lr", "q0", "q1", "memory");
    *rising = up;
    *falling = down;
}

#else

/* Measures the next bins, as far as there are any. */
LAPEL_NOINLINE void lapel_logbank_mve_measure(uint32_t *measured, lapel_logbank_bins *bins)
{
    const lapel_index count = bins->left < LAPEL_LOGBANK_MVE_BINS ? bins->left : LAPEL_LOGBANK_MVE_BINS;
    const int32_t *x = bins->x;

    for (lapel_index at = 0; at < count; at++) {
        const uint64_t squares = (uint64_t)((int64_t)x[0] * x[0]) + (uint64_t)((int64_t)x[1] * x[1]);

        measured[at] = lapel_root(squares, bins->p->seeds);
        x += 2;
    }
    bins->x = x;
    bins->left -= count;
    bins->ahead = count;
}

/* Adds count >= 1 bins to what a segment gives to both of its triangles. */
LAPEL_INLINE void lapel_logbank_mve_add(uint64_t *rising, uint64_t *falling, const uint32_t *m,
                                        const LAPEL_ROM int16_t *weights, lapel_index count)
{
    for (lapel_index k = 0; k < count; k++) {
        const uint32_t weight = (uint16_t)weights[k];

        *rising += (uint64_t)m[k] * weight;
        *falling += (uint64_t)m[k] * (32768u - weight);
    }
}

#endif

LAPEL_NOINLINE uint64_t lapel_logbank_mve_segment(uint64_t *sum, lapel_logbank_bins *bins, lapel_index count)
{
    uint64_t rising = 0;

    while (count > 0) {
        lapel_index some;

        if (bins->ahead == 0) {
            bins->next = bins->measured;
            lapel_logbank_mve_measure(bins->measured, bins);
        }
        some = count < bins->ahead ? count : bins->ahead;
        lapel_logbank_mve_add(&rising, sum, bins->next, bins->weights, some);
        bins->next += some;
        bins->weights += some;
        bins->ahead -= some;
        count -= some;
    }
    return rising;
}

void lapel_logbank_mve(int32_t *y, const int32_t *x, const int32_t *shift, const int32_t *peak,
                       const LAPEL_ROM lapel_logbank_mve_params *p)
{
    uint32_t measured[LAPEL_LOGBANK_MVE_BINS];
    lapel_logbank_bins bins = {p, x, p->weights, 0, measured, measured, 0};

    lapel_logbank_frames(y, shift, peak, &bins, lapel_logbank_mve_segment);
}
