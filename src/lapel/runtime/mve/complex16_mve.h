/* Vectors of four complex numbers of two int16, the real parts in even lanes, in instructions of Helium and in C. */
#ifndef LAPEL_COMPLEX16_MVE_H
#define LAPEL_COMPLEX16_MVE_H

#include "mve.h"

#ifdef LAPEL_MVE_ARM

typedef int16x8_t lapel_c16;
typedef uint32x4_t lapel_c16_places;

/* One or two instructions each; what they compute is said below. */
LAPEL_INLINE lapel_c16 lapel_c16_load(const void *x)
{
    return vldrhq_s16((const int16_t *)x);
}

LAPEL_INLINE lapel_c16 lapel_c16_load_some(const int16_t *x, lapel_index count)
{
    return vldrhq_z_s16(x, vctp16q(count > 0 ? (uint32_t)count : 0u));
}

LAPEL_INLINE void lapel_c16_store(int16_t *y, lapel_c16 a)
{
    vstrhq_s16(y, a);
}

LAPEL_INLINE lapel_c16_places lapel_c16_places_of(const uint32_t *places)
{
    return vldrwq_u32(places);
}

LAPEL_INLINE lapel_c16_places lapel_c16_descending(void)
{
    return vddupq_n_u32(12, 4);
}

LAPEL_INLINE lapel_c16 lapel_c16_gather(const int16_t *x, lapel_c16_places places)
{
    return vreinterpretq_s16_u32(vldrwq_gather_offset_u32((const uint32_t *)(const void *)x, places));
}

LAPEL_INLINE void lapel_c16_scatter(int16_t *y, lapel_c16_places places, lapel_c16 a)
{
    vstrwq_scatter_offset_u32((uint32_t *)(void *)y, places, vreinterpretq_u32_s16(a));
}

LAPEL_INLINE lapel_c16 lapel_c16_scaled(lapel_c16 a, int16_t factor)
{
    return vqrdmulhq_n_s16(a, factor);
}

LAPEL_INLINE lapel_c16 lapel_c16_turned(lapel_c16 a, lapel_c16 turn)
{
    return vqrdmladhxq_s16(vqrdmlsdhq_s16(vuninitializedq_s16(), a, turn), a, turn);
}

LAPEL_INLINE lapel_c16 lapel_c16_plus(lapel_c16 a, lapel_c16 b)
{
    return vaddq_s16(a, b);
}

LAPEL_INLINE lapel_c16 lapel_c16_minus(lapel_c16 a, lapel_c16 b)
{
    return vsubq_s16(a, b);
}

LAPEL_INLINE lapel_c16 lapel_c16_plus_i(lapel_c16 a, lapel_c16 b)
{
    return vcaddq_rot90_s16(a, b);
}

LAPEL_INLINE lapel_c16 lapel_c16_minus_i(lapel_c16 a, lapel_c16 b)
{
    return vcaddq_rot270_s16(a, b);
}

LAPEL_INLINE lapel_c16 lapel_c16_mirrored(lapel_c16 a)
{
    const lapel_c16 odd = vreinterpretq_s16_u32(vdupq_n_u32(0xffff0000u));

    return vsubq_s16(veorq_s16(a, odd), odd);
}

LAPEL_INLINE void lapel_c16_halves(lapel_c16 *sum, lapel_c16 *difference, lapel_c16 odd, lapel_c16 turn)
{
    const lapel_c16 back = vrev32q_s16(turn);
    const int32x4_t re = vsubq_s32(vmullbq_int_s16(odd, turn), vmulltq_int_s16(odd, turn));
    const int32x4_t im = vaddq_s32(vmullbq_int_s16(odd, back), vmulltq_int_s16(odd, back));
    const lapel_c16 a = vrshrntq_n_s32(*sum, im, 15), b = vrshrnbq_n_s32(*sum, re, 15);

    *sum = vhaddq_s16(a, b);
    *difference = vhsubq_s16(a, b);
}

#else

typedef struct {
    int16_t lane[8];
} lapel_c16;

typedef struct {
    uint32_t at[4];
} lapel_c16_places;

LAPEL_INLINE lapel_c16 lapel_c16_load(const void *x)
{
    lapel_c16 r;

    memcpy(&r, x, sizeof r);
    return r;
}

/* The first `count` lanes, zeros beyond. */
LAPEL_INLINE lapel_c16 lapel_c16_load_some(const int16_t *x, lapel_index count)
{
    lapel_c16 r;

    for (int_fast8_t i = 0; i < 8; i++) {
        r.lane[i] = i < count ? x[i] : 0;
    }
    return r;
}

LAPEL_INLINE void lapel_c16_store(int16_t *y, lapel_c16 a)
{
    memcpy(y, &a, sizeof a);
}

/* Places of four complex numbers, in bytes. */
LAPEL_INLINE lapel_c16_places lapel_c16_places_of(const uint32_t *places)
{
    lapel_c16_places r;

    memcpy(&r, places, sizeof r);
    return r;
}

/* 12, 8, 4, 0 */
LAPEL_INLINE lapel_c16_places lapel_c16_descending(void)
{
    const lapel_c16_places r = {{12, 8, 4, 0}};

    return r;
}

LAPEL_INLINE lapel_c16 lapel_c16_gather(const int16_t *x, lapel_c16_places places)
{
    lapel_c16 r;

    for (int_fast8_t i = 0; i < 4; i++) {
        memcpy(&r.lane[2 * i], x + places.at[i] / 2, 4);
    }
    return r;
}

LAPEL_INLINE void lapel_c16_scatter(int16_t *y, lapel_c16_places places, lapel_c16 a)
{
    for (int_fast8_t i = 0; i < 4; i++) {
        memcpy(y + places.at[i] / 2, &a.lane[2 * i], 4);
    }
}

LAPEL_INLINE int16_t lapel_c16_rounded(int32_t product)
{
    return (int16_t)(uint16_t)((uint32_t)(product + (1 << 14)) >> 15);
}

/* a * factor / 2^15, halves up. factor: 0..32766 */
LAPEL_INLINE lapel_c16 lapel_c16_scaled(lapel_c16 a, int16_t factor)
{
    for (int_fast8_t i = 0; i < 8; i++) {
        a.lane[i] = lapel_c16_rounded(a.lane[i] * factor);
    }
    return a;
}

/* a * turn / 2^15, halves up; saturated, of which nothing is seen where parts of a are -16384..16383. */
LAPEL_INLINE lapel_c16 lapel_c16_turned(lapel_c16 a, lapel_c16 turn)
{
    lapel_c16 r;

    for (int_fast8_t i = 0; i < 8; i += 2) {
        r.lane[i] = lapel_c16_rounded(a.lane[i] * turn.lane[i] - a.lane[i + 1] * turn.lane[i + 1]);
        r.lane[i + 1] = lapel_c16_rounded(a.lane[i] * turn.lane[i + 1] + a.lane[i + 1] * turn.lane[i]);
    }
    return r;
}

LAPEL_INLINE lapel_c16 lapel_c16_plus(lapel_c16 a, lapel_c16 b)
{
    for (int_fast8_t i = 0; i < 8; i++) {
        a.lane[i] = (int16_t)(uint16_t)((uint16_t)a.lane[i] + (uint16_t)b.lane[i]);
    }
    return a;
}

LAPEL_INLINE lapel_c16 lapel_c16_minus(lapel_c16 a, lapel_c16 b)
{
    for (int_fast8_t i = 0; i < 8; i++) {
        a.lane[i] = (int16_t)(uint16_t)((uint16_t)a.lane[i] - (uint16_t)b.lane[i]);
    }
    return a;
}

/* i b */
LAPEL_INLINE lapel_c16 lapel_c16_by_i(lapel_c16 b)
{
    lapel_c16 r;

    for (int_fast8_t i = 0; i < 8; i += 2) {
        r.lane[i] = (int16_t)(uint16_t)(0u - (uint16_t)b.lane[i + 1]);
        r.lane[i + 1] = b.lane[i];
    }
    return r;
}

/* a + i b */
LAPEL_INLINE lapel_c16 lapel_c16_plus_i(lapel_c16 a, lapel_c16 b)
{
    return lapel_c16_plus(a, lapel_c16_by_i(b));
}

/* a - i b */
LAPEL_INLINE lapel_c16 lapel_c16_minus_i(lapel_c16 a, lapel_c16 b)
{
    return lapel_c16_minus(a, lapel_c16_by_i(b));
}

/* The conjugate; -(-32768) is itself. */
LAPEL_INLINE lapel_c16 lapel_c16_mirrored(lapel_c16 a)
{
    for (int_fast8_t i = 1; i < 8; i += 2) {
        a.lane[i] = (int16_t)(uint16_t)(0u - (uint16_t)a.lane[i]);
    }
    return a;
}

/* With `odd` turned, wrapped round: half of `sum` plus it, and half of the conjugate of `sum` less it, rounded down. */
LAPEL_INLINE void lapel_c16_halves(lapel_c16 *sum, lapel_c16 *difference, lapel_c16 odd, lapel_c16 turn)
{
    const lapel_c16 even = *sum, turned = lapel_c16_turned(odd, turn);

    for (int_fast8_t i = 0; i < 8; i += 2) {
        sum->lane[i] = (int16_t)((even.lane[i] + turned.lane[i]) >> 1);
        sum->lane[i + 1] = (int16_t)((even.lane[i + 1] + turned.lane[i + 1]) >> 1);
        difference->lane[i] = (int16_t)((even.lane[i] - turned.lane[i]) >> 1);
        difference->lane[i + 1] = (int16_t)((turned.lane[i + 1] - even.lane[i + 1]) >> 1);
    }
}

#endif

#endif
