/* Shared by every kernel: integer types, where constants live, and requantization. Arithmetic: docs/SPEC.md. */
#ifndef LAPEL_H
#define LAPEL_H

#include <stddef.h>
#include <stdint.h>

/* A freestanding program (-ffreestanding) has no string.h but must still supply these two (C99 4p6, GCC manual). */
#if __STDC_HOSTED__
#include <string.h>
#else
void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
#endif

/* Constants stay in flash. On the AVR that is another address space, named here once; elsewhere it is nothing. */
#ifndef LAPEL_ROM
#ifdef __AVR__
#define LAPEL_ROM __flash
#else
#define LAPEL_ROM
#endif
#endif

/* Linkage of kernels: static inside a generated model, external in the library. */
#ifndef LAPEL_KERNEL
#define LAPEL_KERNEL
#endif

/* A condition that must hold when this is compiled; C99 has no _Static_assert. */
#if __STDC_VERSION__ >= 201112L
#define LAPEL_STATIC_ASSERT(condition, name) _Static_assert(condition, #name)
#else
#define LAPEL_STATIC_ASSERT(condition, name) typedef char name[(condition) ? 1 : -1] __attribute__((unused))
#endif

/* Helpers that not every model calls: no warning where one of them is left over. */
#define LAPEL_INLINE static inline __attribute__((unused))

/* Inner loops that stay functions of their own: inlined into a big caller they run out of registers. */
#define LAPEL_NOINLINE static __attribute__((noinline, unused))

/* Sizes, strides and loop counters: as wide as the core's address arithmetic. The planner checks that they fit. */
#ifdef __AVR__
typedef int16_t lapel_index;
#else
typedef int32_t lapel_index;
#endif

/* round(a * mul / 2^31), halves up, saturated. a, mul: any int32. */
LAPEL_INLINE int32_t lapel_high_mul(int32_t a, int32_t mul)
{
    if (a == INT32_MIN && mul == INT32_MIN) {
        return INT32_MAX;
    }
    return (int32_t)(((int64_t)a * mul + ((int64_t)1 << 30)) >> 31);
}

/* x / 2^exponent, halves away from zero. exponent: 0..31. */
LAPEL_INLINE int32_t lapel_rounding_shift(int32_t x, int_fast8_t exponent)
{
    const int32_t mask = (int32_t)(((uint32_t)1 << exponent) - 1u);
    const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/* acc * mul * 2^(shift - 31), rounded twice (SPEC 2.3). shift: -31..30; mul >= 0; a left shift wraps as int32.
 *
 * The same integers as lapel_rounding_shift(lapel_high_mul(acc << left, mul), right), with fewer instructions:
 * |acc * mul| <= 2^31 * (2^31 - 1), so the high product x never saturates and 1 - 2^31 <= x <= 2^31 - 2. To the
 * right by e >= 1, halves away from zero: floor((x - (x < 0) + 2^(e-1)) / 2^e), which is
 * floor((floor((x - (x < 0)) / 2^(e-1)) + 1) / 2), where nothing overflows. */
LAPEL_INLINE int32_t lapel_requantize(int32_t acc, int32_t mul, int_fast8_t shift)
{
    const int64_t half = (int64_t)1 << 30;
    int32_t x;

    if (shift >= 0) {
        return (int32_t)(((int64_t)(int32_t)((uint32_t)acc << shift) * mul + half) >> 31);
    }
    x = (int32_t)(((int64_t)acc * mul + half) >> 31);
    return (((x + (x >> 31)) >> ~shift) + 1) >> 1;
}

LAPEL_INLINE int8_t lapel_clamp(int32_t x, int32_t lo, int32_t hi)
{
    x = x < lo ? lo : x;
    return (int8_t)(x > hi ? hi : x);
}

#endif
