/* What the kernels for Helium (M-profile vectors, Armv8.1-M) share. They are assembly because the accumulators of
 * VMLADAVA and the loops with tail predication leave compilers short of registers. */
#ifndef LAPEL_MVE_H
#define LAPEL_MVE_H

#include "lapel.h"

#include <arm_mve.h>

/* A function whose body is assembly, prologue included, so that all registers are free; offsets of struct fields in
 * it are asserted beside the struct. noipa: the compiler may assume no more of it than the calling convention. */
#define LAPEL_MVE_ASM static __attribute__((naked, noipa, unused))

/* Set `bytes` >= 0 bytes. */
LAPEL_INLINE void lapel_mve_fill(int8_t *to, int32_t value, lapel_index bytes)
{
    __asm__ volatile("vdup.8 q0, %2\n"
                     "wlstp.8 lr, %1, 2f\n"
                     "1: vstrb.8 q0, [%0], #16\n"
                     "letp lr, 1b\n"
                     "2:"
                     : "+r"(to)
                     : "r"(bytes), "r"(value)
                     : "lr", "q0", "memory");
}

#endif
