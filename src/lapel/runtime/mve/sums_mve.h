/* Four dot products on Helium, for kernels that make something of their own of the sums. A group of four rows is
 * bias[4], then int8 [k / 16][4][16], padded with zeros. */
#ifndef LAPEL_SUMS_MVE_H
#define LAPEL_SUMS_MVE_H

#include "dot_mve.h"
#include "dspsums.h"

#ifdef LAPEL_MVE_ARM

/* y[i] = bias + row i times x: [count], count >= 1. w: a group. Returns what is behind it. */
LAPEL_MVE_ASM const LAPEL_ROM int32_t *lapel_mve_sums(int32_t *y __attribute__((unused)),
                                                      const LAPEL_ROM int32_t *w __attribute__((unused)),
                                                      const int8_t *x __attribute__((unused)),
                                                      lapel_index count __attribute__((unused)))
{
    __asm__("push {r4-r8, lr}\n"
            "mov r12, r0\n"
            "mov r5, r1\n"
            "mov r8, r2\n"
            "dlstp.8 lr, r3\n"
            "ldrd r0, r2, [r5], #8\n"
            "ldrd r4, r6, [r5], #8\n"
            "1:\n"
            "vldrb.8 q0, [r8], #16\n" LAPEL_MVE_DOT_FOUR("q0")
            "letp lr, 1b\n"
            "strd r0, r2, [r12]\n"
            "strd r4, r6, [r12, #8]\n"
            "mov r0, r5\n"
            "pop {r4-r8, pc}\n");
}

#else

LAPEL_NOINLINE const LAPEL_ROM int32_t *lapel_mve_sums(int32_t *y, const LAPEL_ROM int32_t *w, const int8_t *x,
                                                       lapel_index count)
{
    const LAPEL_ROM int8_t *rows = (const LAPEL_ROM int8_t *)(w + 4);

    for (lapel_index i = 0; i < 4; i++) {
        y[i] = w[i];
    }
    for (lapel_index k = 0; k < count; k++) {
        for (lapel_index i = 0; i < 4; i++) {
            y[i] += x[k] * rows[(k >> 4) * 64 + i * 16 + (k & 15)];
        }
    }
    return w + 4 + ((count + 15) >> 4) * 16;
}

#endif

#endif
