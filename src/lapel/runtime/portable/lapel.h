/* Shared by every kernel: integer types, where constants live, and requantization. Arithmetic: docs/SPEC.md. */
#ifndef LAPEL_H
#define LAPEL_H

#if !defined(__cplusplus) && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 199901L)
#error "this is C99: compile it with -std=c99 or later (on the AVR -std=gnu99)"
#endif

#include <stddef.h>
#include <stdint.h>

#include "memory.h"
#include "rom.h"

/* GCC vectorizes for Helium from -O2 on. Release 12 folds the predicate of such a loop to a wrong constant where it
 * knows
 * the loop's bounds, so that taps of small windows were lost without a warning. Our loops that want vectors have them
 * in
 * assembly; all others stay scalar in every file that has this header, whatever the command line says. Nor may it take
 * the
 * first pass's loads out of loops because it knows what constants they read: the others then wait for spilled
 * registers. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__ARM_FEATURE_MVE)
#pragma GCC optimize("no-tree-vectorize", "no-tree-loop-vectorize", "no-tree-slp-vectorize", "no-tree-pre")
#endif

/* Kernels in assembly are longer strings than C99 promises; that is no concern of compilers that have assembly. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Woverlength-strings"
#endif

/* Linkage of kernels: static inside a generated model, external in the library. */
#ifndef LAPEL_KERNEL
#define LAPEL_KERNEL
#endif

/* A condition that must hold when this is compiled; C99 has no _Static_assert. */
#ifdef __cplusplus
#define LAPEL_STATIC_ASSERT(condition, name) static_assert(condition, #name)
#elif __STDC_VERSION__ >= 201112L
#define LAPEL_STATIC_ASSERT(condition, name) _Static_assert(condition, #name)
#else
#define LAPEL_STATIC_ASSERT(condition, name) typedef char name[(condition) ? 1 : -1] __attribute__((unused))
#endif

/* The place of a member that assembly reads, in bytes. */
#define LAPEL_ASSERT_AT(type, member, at) LAPEL_STATIC_ASSERT(offsetof(type, member) == (at), type##_##member)

/* Helpers that not every model calls: no warning where one of them is left over. */
#define LAPEL_INLINE static inline __attribute__((unused))

/* Functions with constant arguments, for code of its own for each of them. */
#define LAPEL_FORCE_INLINE static inline __attribute__((always_inline, unused))

/* Inner loops that stay functions of their own: inlined into a big caller they run out of registers. */
#define LAPEL_NOINLINE static __attribute__((noinline, unused))

/* Functions that steps with code of their own share with all others: of those in which known params change little. */
#define LAPEL_SHARED static __attribute__((noinline, unused))

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

/* acc * mul * 2^(shift - 31) for any shift of lapel_requantize, as the definition says it. */
LAPEL_NOINLINE int32_t lapel_requantize_any(int32_t acc, int32_t mul, int_fast8_t shift)
{
    if (shift > 0) {
        return lapel_high_mul((int32_t)((uint32_t)acc << shift), mul);
    }
    return lapel_rounding_shift(lapel_high_mul(acc, mul), (int_fast8_t)-shift);
}

/* Twice acc * mul * 2^(-e - 31), less one and rounded down, for e = drop + 2 >= 2: (result + 1) >> 1 is what
 * lapel_requantize returns. mul >= 0. With P = acc * mul, |P| < 2^62, its two roundings x = floor((P + 2^30) / 2^31)
 * and
 * floor((x - (x < 0) + 2^(e-1)) / 2^e) are together floor((P + 2^30 - (x < 0) * 2^31 + 2^(30+e)) / 2^(31+e)).
 * x < 0 may be replaced by acc < 0: they differ only for -2^30 <= P <= 0, where both forms give 0. */
#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1
/* Of halves, as 64 bits are a call of a function there that takes as long as all of this twice. No sum overflows: the
 * greatest are 65535 * 32767 + 65535 below 2^32, and (32768 * 65535 + 16384 + 65535) below 2^31 in magnitude. */
LAPEL_INLINE int32_t lapel_requantize_twice(int32_t acc, int32_t mul, int32_t drop)
{
    const uint32_t low = (uint32_t)acc & 65535u, mul_low = (uint32_t)mul & 65535u, mul_high = (uint32_t)mul >> 16;
    const int32_t high = acc >> 16;
    const uint32_t crossed = low * mul_high + (low * mul_low >> 16);
    const int32_t half = 16384 + (int32_t)((uint32_t)(acc >> 31) << 15); /* 2^14 with the sign of acc */
    const int32_t middle = high * (int32_t)mul_low + half + (int32_t)(crossed & 65535u);

    return (high * (int32_t)mul_high + (int32_t)(crossed >> 16) + (middle >> 16)) >> drop;
}
#else
LAPEL_INLINE int32_t lapel_requantize_twice(int32_t acc, int32_t mul, int32_t drop)
{
    const uint32_t sign = (uint32_t)(acc >> 31);
    const uint64_t half = (uint64_t)sign << 32 | (sign << 31 | (uint32_t)1 << 30); /* 2^30 with the sign of acc */

    return (int32_t)(((int64_t)acc * mul + (int64_t)half) >> 32) >> drop;
}
#endif

/* acc * mul * 2^(shift - 31), rounded twice (SPEC 2.4). shift: -31..30; mul >= 0; a left shift wraps as int32.
 * Rare shifts are out of line, so that compilers do not compute both cases and select. */
LAPEL_INLINE int32_t lapel_requantize(int32_t acc, int32_t mul, int_fast8_t shift)
{
    if (shift > -2) {
        return lapel_requantize_any(acc, mul, shift);
    }
    return (lapel_requantize_twice(acc, mul, -2 - shift) + 1) >> 1;
}

LAPEL_INLINE int8_t lapel_clamp(int32_t x, int32_t lo, int32_t hi)
{
    x = x < lo ? lo : x;
    return (int8_t)(x > hi ? hi : x);
}

LAPEL_INLINE int16_t lapel_clamp16(int32_t x, int32_t lo, int32_t hi)
{
    x = x < lo ? lo : x;
    return (int16_t)(x > hi ? hi : x);
}

#endif
