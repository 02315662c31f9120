/* Vectors of two complex numbers of two int32, the real parts in even lanes, in instructions of Helium and in C. */
#ifndef LAPEL_COMPLEX32_MVE_H
#define LAPEL_COMPLEX32_MVE_H

#include "mve.h"

#ifdef LAPEL_MVE_ARM

typedef int32x4_t lapel_c32;
typedef uint64x2_t lapel_c32_places;

/* One or two instructions each; what they compute is said below. */
LAPEL_INLINE lapel_c32 lapel_c32_load(const int32_t *x)
{
    return vldrwq_s32(x);
}

LAPEL_INLINE void lapel_c32_store(int32_t *y, lapel_c32 a)
{
    vstrwq_s32(y, a);
}

LAPEL_INLINE lapel_c32_places lapel_c32_places_of(uint32_t first, uint32_t second)
{
    const uint32x4_t words = vsetq_lane_u32(second, vsetq_lane_u32(first, vdupq_n_u32(0), 0), 2);

    return vreinterpretq_u64_u32(words);
}

LAPEL_INLINE lapel_c32 lapel_c32_gather(const int32_t *x, lapel_c32_places places)
{
    return vreinterpretq_s32_s64(vldrdq_gather_offset_s64((const int64_t *)(const void *)x, places));
}

LAPEL_INLINE void lapel_c32_scatter(int32_t *y, lapel_c32_places places, lapel_c32 a)
{
    vstrdq_scatter_offset_s64((int64_t *)(void *)y, places, vreinterpretq_s64_s32(a));
}

LAPEL_INLINE lapel_c32 lapel_c32_scaled(lapel_c32 a, int32_t factor)
{
    return vqrdmulhq_n_s32(a, factor);
}

LAPEL_INLINE lapel_c32 lapel_c32_turned_re(lapel_c32 inactive, lapel_c32 a, lapel_c32 turn)
{
    return vqrdmlsdhq_s32(inactive, a, turn);
}

LAPEL_INLINE lapel_c32 lapel_c32_turned_im(lapel_c32 inactive, lapel_c32 a, lapel_c32 turn)
{
    return vqrdmladhxq_s32(inactive, a, turn);
}

LAPEL_INLINE lapel_c32 lapel_c32_plus(lapel_c32 a, lapel_c32 b)
{
    return vaddq_s32(a, b);
}

LAPEL_INLINE lapel_c32 lapel_c32_minus(lapel_c32 a, lapel_c32 b)
{
    return vsubq_s32(a, b);
}

LAPEL_INLINE lapel_c32 lapel_c32_plus_i(lapel_c32 a, lapel_c32 b)
{
    return vcaddq_rot90_s32(a, b);
}

LAPEL_INLINE lapel_c32 lapel_c32_minus_i(lapel_c32 a, lapel_c32 b)
{
    return vcaddq_rot270_s32(a, b);
}

LAPEL_INLINE lapel_c32 lapel_c32_mirrored(lapel_c32 a)
{
    const lapel_c32 odd = vsetq_lane_s32(-1, vsetq_lane_s32(-1, vdupq_n_s32(0), 1), 3);

    return vsubq_s32(veorq_s32(a, odd), odd);
}

LAPEL_INLINE lapel_c32 lapel_c32_mean(lapel_c32 a, lapel_c32 b)
{
    return vhaddq_s32(a, b);
}

LAPEL_INLINE lapel_c32 lapel_c32_apart(lapel_c32 a, lapel_c32 b)
{
    return vhsubq_s32(a, b);
}

#else

typedef struct {
    int32_t lane[4];
} lapel_c32;

typedef struct {
    uint32_t at[2];
} lapel_c32_places;

LAPEL_INLINE lapel_c32 lapel_c32_load(const int32_t *x)
{
    lapel_c32 r;

    memcpy(&r, x, sizeof r);
    return r;
}

LAPEL_INLINE void lapel_c32_store(int32_t *y, lapel_c32 a)
{
    memcpy(y, &a, sizeof a);
}

/* Places of two complex numbers, in bytes. */
LAPEL_INLINE lapel_c32_places lapel_c32_places_of(uint32_t first, uint32_t second)
{
    const lapel_c32_places made = {{first, second}};

    return made;
}

LAPEL_INLINE lapel_c32 lapel_c32_gather(const int32_t *x, lapel_c32_places places)
{
    lapel_c32 r;

    memcpy(r.lane, x + places.at[0] / 4, 8);
    memcpy(r.lane + 2, x + places.at[1] / 4, 8);
    return r;
}

LAPEL_INLINE void lapel_c32_scatter(int32_t *y, lapel_c32_places places, lapel_c32 a)
{
    memcpy(y + places.at[0] / 4, a.lane, 8);
    memcpy(y + places.at[1] / 4, a.lane + 2, 8);
}

/* a * factor / 2^31, halves up. */
LAPEL_INLINE lapel_c32 lapel_c32_scaled(lapel_c32 a, int32_t factor)
{
    for (int_fast8_t i = 0; i < 4; i++) {
        a.lane[i] = lapel_mve_high(a.lane[i], factor);
    }
    return a;
}

LAPEL_INLINE int32_t lapel_c32_limited(int64_t sum)
{
    const int64_t made = (sum + ((int64_t)1 << 30)) >> 31;

    return made > INT32_MAX ? INT32_MAX : made < INT32_MIN ? INT32_MIN : (int32_t)made;
}

/* a * turn / 2^31, halves up, limited to int32: real parts, imaginary ones of `inactive`. */
LAPEL_INLINE lapel_c32 lapel_c32_turned_re(lapel_c32 inactive, lapel_c32 a, lapel_c32 turn)
{
    for (int_fast8_t i = 0; i < 4; i += 2) {
        inactive.lane[i] =
            lapel_c32_limited((int64_t)a.lane[i] * turn.lane[i] - (int64_t)a.lane[i + 1] * turn.lane[i + 1]);
    }
    return inactive;
}

/* Imaginary parts, real ones of `inactive`. */
LAPEL_INLINE lapel_c32 lapel_c32_turned_im(lapel_c32 inactive, lapel_c32 a, lapel_c32 turn)
{
    for (int_fast8_t i = 0; i < 4; i += 2) {
        inactive.lane[i + 1] =
            lapel_c32_limited((int64_t)a.lane[i] * turn.lane[i + 1] + (int64_t)a.lane[i + 1] * turn.lane[i]);
    }
    return inactive;
}

LAPEL_INLINE lapel_c32 lapel_c32_plus(lapel_c32 a, lapel_c32 b)
{
    for (int_fast8_t i = 0; i < 4; i++) {
        a.lane[i] = lapel_mve_sum(a.lane[i], b.lane[i]);
    }
    return a;
}

LAPEL_INLINE lapel_c32 lapel_c32_minus(lapel_c32 a, lapel_c32 b)
{
    for (int_fast8_t i = 0; i < 4; i++) {
        a.lane[i] = (int32_t)((uint32_t)a.lane[i] - (uint32_t)b.lane[i]);
    }
    return a;
}

/* i b */
LAPEL_INLINE lapel_c32 lapel_c32_by_i(lapel_c32 b)
{
    lapel_c32 r;

    for (int_fast8_t i = 0; i < 4; i += 2) {
        r.lane[i] = (int32_t)(0u - (uint32_t)b.lane[i + 1]);
        r.lane[i + 1] = b.lane[i];
    }
    return r;
}

/* a + i b */
LAPEL_INLINE lapel_c32 lapel_c32_plus_i(lapel_c32 a, lapel_c32 b)
{
    return lapel_c32_plus(a, lapel_c32_by_i(b));
}

/* a - i b */
LAPEL_INLINE lapel_c32 lapel_c32_minus_i(lapel_c32 a, lapel_c32 b)
{
    return lapel_c32_minus(a, lapel_c32_by_i(b));
}

/* The conjugate; -(-2^31) is itself. */
LAPEL_INLINE lapel_c32 lapel_c32_mirrored(lapel_c32 a)
{
    a.lane[1] = (int32_t)(0u - (uint32_t)a.lane[1]);
    a.lane[3] = (int32_t)(0u - (uint32_t)a.lane[3]);
    return a;
}

/* (a + b) / 2, rounded down. */
LAPEL_INLINE lapel_c32 lapel_c32_mean(lapel_c32 a, lapel_c32 b)
{
    for (int_fast8_t i = 0; i < 4; i++) {
        a.lane[i] = (int32_t)(((int64_t)a.lane[i] + b.lane[i]) >> 1);
    }
    return a;
}

/* (a - b) / 2, rounded down. */
LAPEL_INLINE lapel_c32 lapel_c32_apart(lapel_c32 a, lapel_c32 b)
{
    for (int_fast8_t i = 0; i < 4; i++) {
        a.lane[i] = (int32_t)(((int64_t)a.lane[i] - b.lane[i]) >> 1);
    }
    return a;
}

#endif

#endif
