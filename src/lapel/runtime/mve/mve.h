/* What the kernels for Helium (M-profile vectors, Armv8.1-M) share. They are assembly because the accumulators of
 * VMLADAVA and the loops with tail predication leave compilers short of registers. */
#ifndef LAPEL_MVE_H
#define LAPEL_MVE_H

#include "lapel.h"

#if defined(__ARM_BIG_ENDIAN)
#error "these kernels want a little-endian core: build the model without them"
#elif defined(__ARM_FEATURE_MVE)
#define LAPEL_MVE_ARM
#include <arm_mve.h>
#elif !defined(LAPEL_MVE_TWIN) /* C that does the same, access by access, for sanitizers on a host: not for firmware */
#error "these kernels want a core with Helium: compile with -mcpu=cortex-m55, or build the model for this core"
#endif

#ifdef LAPEL_MVE_ARM

/* A function whose body is assembly, prologue included, so that all registers are free; offsets of struct fields in
 * it are asserted beside the struct. noipa: the compiler may assume no more of it than the calling convention; of a naked
 * function LLVM never does. aligned: loops are to start a word, or fetching them takes longer (hence a few wide `.w`). */
#ifdef __clang__
#define LAPEL_MVE_ASM static __attribute__((naked, noinline, unused, aligned(4)))
#else
#define LAPEL_MVE_ASM static __attribute__((naked, noipa, unused, aligned(4)))
#endif

/* Around and behind a statement of assembly that sets the predicate: GCC takes it as a clobber. LLVM has no name for it
 * and may hold a mask there, so it is put back; no operand may then be in memory, since the stack pointer moves. */
#ifdef __clang__
#define LAPEL_MVE_KEEP "vstr p0, [sp, #-8]!\n"
#define LAPEL_MVE_KEPT "\nvldr p0, [sp], #8\n"
#define LAPEL_MVE_P0
#else
#define LAPEL_MVE_KEEP
#define LAPEL_MVE_KEPT
#define LAPEL_MVE_P0 "p0",
#endif

/* Set `bytes` >= 0 bytes. */
LAPEL_INLINE void lapel_mve_fill(int8_t *to, int32_t value, lapel_index bytes)
{
    __asm__ volatile("vdup.8 q0, %2\n"
                     "wlstp.8 lr, %1, 2f\n"
                     "1: vstrb.8 q0, [%0], #16\n"
                     "letp lr, 1b\n"
                     "2:"
                     : "+&r"(to)
                     : "r"(bytes), "r"(value)
                     : "lr", "q0", "memory");
}

/* Four times the same value in a vector. */
typedef int32x4_t lapel_mve_four;

LAPEL_INLINE lapel_mve_four lapel_mve_splat(int32_t a)
{
    return vdupq_n_s32(a);
}

#else

/* Of four equal values one is enough. */
typedef int32_t lapel_mve_four;

LAPEL_INLINE lapel_mve_four lapel_mve_splat(int32_t a)
{
    return a;
}

LAPEL_INLINE void lapel_mve_fill(int8_t *to, int32_t value, lapel_index bytes)
{
    for (; bytes > 0; bytes--) {
        *to++ = (int8_t)value;
    }
}

/* Lanes of the instructions, in C. Sums and products: VADD.I32, VMUL.I32. */
LAPEL_INLINE int32_t lapel_mve_sum(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

LAPEL_INLINE int32_t lapel_mve_product(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a * (uint32_t)b);
}

/* VQRDMULH.S32 */
LAPEL_INLINE int32_t lapel_mve_high(int32_t a, int32_t b)
{
    return lapel_high_mul(a, b);
}

/* VRSHL.S32 to the right, which takes the lowest byte: to the left where that is negative. */
LAPEL_INLINE int32_t lapel_mve_shift(int32_t a, int32_t right)
{
    const int32_t left = (int8_t)(uint8_t)(0u - (uint32_t)right);

    if (left >= 0) {
        return left < 32 ? (int32_t)((uint32_t)a << left) : 0;
    }
    return left < -32 ? 0 : (int32_t)(((int64_t)a + ((int64_t)1 << (-left - 1))) >> -left);
}

/* VQMOVN.S32 and, after it, VQMOVN.S16. */
LAPEL_INLINE int32_t lapel_mve_narrow(int32_t a)
{
    return a < INT16_MIN ? INT16_MIN : a > INT16_MAX ? INT16_MAX : a;
}

LAPEL_INLINE int32_t lapel_mve_byte(int32_t a)
{
    return lapel_clamp(lapel_mve_narrow(a), -128, 127);
}

/* The rounding of both multiplications: a * mul / 2^31, less 1 if it is negative and `away`, shifted to the right. */
LAPEL_INLINE int32_t lapel_mve_scale(int32_t a, int32_t mul, int32_t right, int32_t away)
{
    const int32_t high = lapel_mve_high(a, mul);

    return lapel_mve_shift(away && high < 0 ? lapel_mve_sum(high, -1) : high, right);
}

#endif

#endif
