/* What the kernels for Helium (M-profile vectors, Armv8.1-M) share. They are assembly because the accumulators of
 * VMLADAVA and the loops with tail predication leave compilers short of registers. */
#ifndef LAPEL_MVE_H
#define LAPEL_MVE_H

#include "lapel.h"

#ifndef __ARM_FEATURE_MVE
#error "these kernels want a core with Helium: compile with -mcpu=cortex-m55, or build the model for this core"
#endif
#ifdef __ARM_BIG_ENDIAN
#error "these kernels want a little-endian core: build the model without them"
#endif
#include <arm_mve.h>

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

#endif
