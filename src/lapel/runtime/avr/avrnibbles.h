/* Sums of eight rows of weights of four bits at a time, in 16 bits, for the kernels that have such weights.
 *
 * Values are u = x + 128 (0..255) and weights n = w + 8 (0..15), so that a product needs no sign. Modulo 2^16
 *
 *     sum_k w[k] * x[k] = sum_k n[k] * u[k] - 8 * sum_k u[k] - 128 * sum_k w[k],
 *
 * which is the sum itself where that has 16 bits; the last part is a constant of the row, and the variants' Python adds
 * it to what it knows of the row. A value of -128 adds nothing, and its weights are passed over. */
#ifndef LAPEL_AVRNIBBLES_H
#define LAPEL_AVRNIBBLES_H

#include "avr.h"

#define LAPEL_AVRNIBBLES_ROWS 8

/* sums: [9], sums[i] = sum_k n[i][k] * u[k], and the last one sum_k u[k], all modulo 2^16.
 * w: for each value four bytes, of the rows 0 and 1 (in the upper half), 2 and 3, 4 and 5, 6 and 7; n >= 1 values. */
#ifdef LAPEL_AVR_ASM

/* Both products of the byte of weights at Z. */
#define LAPEL_AVRNIBBLES_PAIR(lo0, hi0, lo1, hi1)                                                              \
    "lpm r19, Z+\n\tmov r20, r19\n\tandi r19, 15\n\tmul r18, r19\n\tadd " lo0 ", r0\n\tadc " hi0 ", r1\n\t"    \
    "swap r20\n\tandi r20, 15\n\tmul r18, r20\n\tadd " lo1 ", r0\n\tadc " hi1 ", r1\n\t"

LAPEL_AVR_NAKED void lapel_avrnibbles(uint16_t *sums __attribute__((unused)), const int8_t *x __attribute__((unused)),
                                      const LAPEL_ROM uint8_t *w __attribute__((unused)),
                                      lapel_index n __attribute__((unused)))
{
    __asm__ volatile(
        "push r2\n\tpush r3\n\tpush r4\n\tpush r5\n\tpush r6\n\tpush r7\n\tpush r8\n\tpush r9\n\t"
        "push r10\n\tpush r11\n\tpush r12\n\tpush r13\n\tpush r14\n\tpush r15\n\tpush r16\n\tpush r17\n\t"
        "push r24\n\tpush r25\n\t"
        "movw r26, r22\n\tmovw r30, r20\n\tmovw r24, r18\n\t"
        "clr r2\n\tclr r3\n\t"
        "movw r4, r2\n\tmovw r6, r2\n\tmovw r8, r2\n\tmovw r10, r2\n\t"
        "movw r12, r2\n\tmovw r14, r2\n\tmovw r16, r2\n\t"
        "clr r21\n\tmovw r22, r2\n"                       /* r23:r22 is the sum of u */
        "1:\tld r18, X+\n\t"
        "subi r18, 0x80\n\t"
        "breq 3f\n\t"
        "add r22, r18\n\tadc r23, r21\n\t"
        LAPEL_AVRNIBBLES_PAIR("r2", "r3", "r4", "r5")
        LAPEL_AVRNIBBLES_PAIR("r6", "r7", "r8", "r9")
        LAPEL_AVRNIBBLES_PAIR("r10", "r11", "r12", "r13")
        LAPEL_AVRNIBBLES_PAIR("r14", "r15", "r16", "r17")
        "2:\tsbiw r24, 1\n\t"
        "brne 1b\n\t"
        "rjmp 4f\n"
        "3:\tadiw r30, 4\n\t"
        "rjmp 2b\n"
        "4:\tclr r1\n\t"
        "pop r31\n\tpop r30\n\t"
        "st Z+, r2\n\tst Z+, r3\n\tst Z+, r4\n\tst Z+, r5\n\tst Z+, r6\n\tst Z+, r7\n\tst Z+, r8\n\tst Z+, r9\n\t"
        "st Z+, r10\n\tst Z+, r11\n\tst Z+, r12\n\tst Z+, r13\n\tst Z+, r14\n\tst Z+, r15\n\tst Z+, r16\n\tst Z+, r17\n\t"
        "st Z+, r22\n\tst Z+, r23\n\t"
        "pop r17\n\tpop r16\n\tpop r15\n\tpop r14\n\tpop r13\n\tpop r12\n\tpop r11\n\tpop r10\n\t"
        "pop r9\n\tpop r8\n\tpop r7\n\tpop r6\n\tpop r5\n\tpop r4\n\tpop r3\n\tpop r2\n\t"
        "ret\n\t");
}

#else

LAPEL_NOINLINE void lapel_avrnibbles(uint16_t *sums, const int8_t *x, const LAPEL_ROM uint8_t *w, lapel_index n)
{
    memset(sums, 0, (LAPEL_AVRNIBBLES_ROWS + 1) * sizeof *sums);
    for (; n > 0; n--) {
        const uint16_t u = (uint16_t)(*x++ + 128);

        for (lapel_index i = 0; i < LAPEL_AVRNIBBLES_ROWS; i++) {
            sums[i] = (uint16_t)(sums[i] + u * (i % 2 != 0 ? w[i / 2] >> 4 : w[i / 2] & 15));
        }
        w += LAPEL_AVRNIBBLES_ROWS / 2;
        sums[LAPEL_AVRNIBBLES_ROWS] = (uint16_t)(sums[LAPEL_AVRNIBBLES_ROWS] + u);
    }
}

#endif

#endif
