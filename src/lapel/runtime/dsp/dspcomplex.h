/* Complex numbers of two int16, the real part in the low half of a word: instructions of the DSP extension as functions. */
#ifndef LAPEL_DSPCOMPLEX_H
#define LAPEL_DSPCOMPLEX_H

#include "dsp.h"

#ifdef LAPEL_DSP_ARM

/* One instruction each; what they compute is said below. */
LAPEL_INLINE uint32_t lapel_ssub16(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("ssub16 %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE uint32_t lapel_sasx(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("sasx %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE uint32_t lapel_ssax(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("ssax %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE uint32_t lapel_shadd16(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("shadd16 %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE uint32_t lapel_shsub16(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("shsub16 %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE uint32_t lapel_smlsd(uint32_t a, uint32_t b, uint32_t acc)
{
    uint32_t r;

    __asm__("smlsd %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
    return r;
}

LAPEL_INLINE uint32_t lapel_smladx(uint32_t a, uint32_t b, uint32_t acc)
{
    uint32_t r;

    __asm__("smladx %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
    return r;
}

LAPEL_INLINE uint32_t lapel_dsp_halves(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("pkhbt %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE uint32_t lapel_dsp_shifted(uint32_t a, uint32_t b)
{
    uint32_t r;

    __asm__("pkhtb %0, %1, %2, asr #15" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE uint32_t lapel_dsp_magnitudes(uint32_t a)
{
    uint32_t r;

    __asm__("ssub16 %0, %2, %1\n\tsel %0, %0, %1" : "=&r"(r) : "r"(a), "r"(0) : "cc");
    return r;
}

LAPEL_INLINE int32_t lapel_smmulr(int32_t a, int32_t b)
{
    int32_t r;

    __asm__("smmulr %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
    return r;
}

LAPEL_INLINE int32_t lapel_ssat16(int32_t a)
{
    int32_t r;

    __asm__("ssat %0, #16, %1" : "=r"(r) : "r"(a));
    return r;
}

LAPEL_INLINE uint32_t lapel_rbit(uint32_t a)
{
    uint32_t r;

    __asm__("rbit %0, %1" : "=r"(r) : "r"(a));
    return r;
}

#else

/* halves of a less halves of b */
LAPEL_INLINE uint32_t lapel_ssub16(uint32_t a, uint32_t b)
{
    return LAPEL_DSP_PACK(a - b, (a >> 16) - (b >> 16));
}

/* a + i b: halves a0 - b1, a1 + b0 */
LAPEL_INLINE uint32_t lapel_sasx(uint32_t a, uint32_t b)
{
    return LAPEL_DSP_PACK(a - (b >> 16), (a >> 16) + b);
}

/* a - i b: halves a0 + b1, a1 - b0 */
LAPEL_INLINE uint32_t lapel_ssax(uint32_t a, uint32_t b)
{
    return LAPEL_DSP_PACK(a + (b >> 16), (a >> 16) - b);
}

/* halves (a + b) / 2, rounded down */
LAPEL_INLINE uint32_t lapel_shadd16(uint32_t a, uint32_t b)
{
    return LAPEL_DSP_PACK((LAPEL_DSP_HALF(a, 0) + LAPEL_DSP_HALF(b, 0)) >> 1,
                          (LAPEL_DSP_HALF(a, 1) + LAPEL_DSP_HALF(b, 1)) >> 1);
}

/* halves (a - b) / 2, rounded down */
LAPEL_INLINE uint32_t lapel_shsub16(uint32_t a, uint32_t b)
{
    return LAPEL_DSP_PACK((LAPEL_DSP_HALF(a, 0) - LAPEL_DSP_HALF(b, 0)) >> 1,
                          (LAPEL_DSP_HALF(a, 1) - LAPEL_DSP_HALF(b, 1)) >> 1);
}

/* acc + a0 b0 - a1 b1 */
LAPEL_INLINE uint32_t lapel_smlsd(uint32_t a, uint32_t b, uint32_t acc)
{
    return acc + (uint32_t)(LAPEL_DSP_HALF(a, 0) * LAPEL_DSP_HALF(b, 0)) -
           (uint32_t)(LAPEL_DSP_HALF(a, 1) * LAPEL_DSP_HALF(b, 1));
}

/* acc + a0 b1 + a1 b0 */
LAPEL_INLINE uint32_t lapel_smladx(uint32_t a, uint32_t b, uint32_t acc)
{
    return acc + (uint32_t)(LAPEL_DSP_HALF(a, 0) * LAPEL_DSP_HALF(b, 1)) +
           (uint32_t)(LAPEL_DSP_HALF(a, 1) * LAPEL_DSP_HALF(b, 0));
}

/* halves: a0 and b1 */
LAPEL_INLINE uint32_t lapel_dsp_halves(uint32_t a, uint32_t b)
{
    return LAPEL_DSP_PACK(a, b >> 16);
}

/* halves: b >> 15 and a1 */
LAPEL_INLINE uint32_t lapel_dsp_shifted(uint32_t a, uint32_t b)
{
    return LAPEL_DSP_PACK(b >> 15, a >> 16);
}

/* halves |a|, of -32768 that itself */
LAPEL_INLINE uint32_t lapel_dsp_magnitudes(uint32_t a)
{
    const uint32_t less = lapel_ssub16(0, a);

    return LAPEL_DSP_PACK(LAPEL_DSP_HALF(a, 0) <= 0 ? less : a, (LAPEL_DSP_HALF(a, 1) <= 0 ? less : a) >> 16);
}

/* floor(a b / 2^32 + 1/2) */
LAPEL_INLINE int32_t lapel_smmulr(int32_t a, int32_t b)
{
    return lapel_smmlar(a, b, 0);
}

/* a clamped to int16 */
LAPEL_INLINE int32_t lapel_ssat16(int32_t a)
{
    return lapel_clamp16(a, INT16_MIN, INT16_MAX);
}

/* bits in reverse order */
LAPEL_INLINE uint32_t lapel_rbit(uint32_t a)
{
    uint32_t r = 0;

    for (int_fast8_t i = 0; i < 32; i++) {
        r = r << 1 | (a & 1u);
        a >>= 1;
    }
    return r;
}

#endif

#define LAPEL_COMPLEX_ROUND 0x8000u /* one half, of what is in the upper half of a word */

/* a * factor / 2^16, halves up, of both halves. */
LAPEL_INLINE uint32_t lapel_dsp_scaled(uint32_t a, uint32_t factor)
{
    const uint32_t low = (uint32_t)lapel_smlabb(a, factor, (int32_t)LAPEL_COMPLEX_ROUND);
    const uint32_t high = (uint32_t)lapel_smlatb(a, factor, (int32_t)LAPEL_COMPLEX_ROUND);

    return lapel_pkhtb(high, low);
}

/* a * turn / 2^15, halves up; halves of a are -16384..16383. */
LAPEL_INLINE uint32_t lapel_dsp_turned(uint32_t a, uint32_t turn)
{
    const uint32_t twice = lapel_sadd16(a, a);

    return lapel_pkhtb(lapel_smladx(twice, turn, LAPEL_COMPLEX_ROUND), lapel_smlsd(twice, turn, LAPEL_COMPLEX_ROUND));
}

#endif
