/* A row of values times a matrix of small weights: avrrow.h with sums of 16 bits, which take a cycle less a weight, no
 * sum of the values, and a byte less of bias. */
#ifndef LAPEL_AVRNARROW_H
#define LAPEL_AVRNARROW_H

#include "avrfinish.h"

/* As lapel_avrrow, of which no sum leaves 16 bits. p->w: in blocks as there, biases of two bytes and the weights as they
 * are; a value is u = x + 128, and MULSU multiplies a signed weight by it. */
#ifdef LAPEL_AVR_ASM

#define LAPEL_AVRNARROW_BIAS(lo, hi) "lpm " lo ", Z+\n\tlpm " hi ", Z+\n\t"
#define LAPEL_AVRNARROW_MAC(lo, hi) "lpm r17, Z+\n\tmulsu r17, r16\n\tadd " lo ", r0\n\tadc " hi ", r1\n\t"
/* Three bytes, as lapel_avrfinish takes them. */
#define LAPEL_AVRNARROW_PUSH(lo, hi) \
    "mov r0, " hi "\n\tlsl r0\n\tsbc r0, r0\n\tpush r0\n\tpush " hi "\n\tpush " lo "\n\t"

LAPEL_AVR_NAKED void lapel_avrnarrow(int8_t *y __attribute__((unused)), const int8_t *x __attribute__((unused)),
                                     const LAPEL_ROM lapel_avrrow_shape *p __attribute__((unused)))
{
    __asm__ volatile(
        LAPEL_AVR_SAVE
        "push r21\n\tpush r20\n\t"                        /* frame 14: p */
        "push r1\n\tpush r1\n\tpush r1\n\t"               /* as lapel_avrfinish wants p at frame 14 */
        "push r23\n\tpush r22\n\t"                        /* frame 9: x */
        "movw r30, r20\n\t"
        "adiw r30, 2\n\t"
        "lpm r18, Z+\n\tlpm r19, Z+\n\t"                  /* w */
        "lpm r20, Z+\n\tlpm r21, Z+\n\t"                  /* scale */
        "lpm r16, Z+\n\tlpm r17, Z+\n\t"                  /* outputs */
        "push r17\n\tpush r16\n\t"                        /* frame 7: outputs that are left */
        "push r21\n\tpush r20\n\t"                        /* frame 5: scale */
        "push r25\n\tpush r24\n\t"                        /* frame 3: y */
        "push r19\n\tpush r18\n\t"                        /* frame 1: w */
        "lapel_avrnarrow_block:\n\t"
        "in r28, 0x3d\n\tin r29, 0x3e\n\t"                /* a block; T: of two outputs */
        "ldd r24, Y+7\n\tldd r25, Y+8\n\t"
        "sbiw r24, 1\n\t"
        "brge 3f\n\t"
        "rjmp 9f\n"
        "3:\tclt\n\t"
        "sbiw r24, 7\n\t"
        "brge 3f\n\t"
        "set\n"
        "3:\tldd r30, Y+14\n\tldd r31, Y+15\n\t"
        "lpm r20, Z+\n\tlpm r21, Z+\n\t"                  /* turns of 256 inputs, the first one may be shorter */
        "tst r20\n\t"
        "breq 3f\n\t"
        "inc r21\n"
        "3:\tldd r26, Y+9\n\tldd r27, Y+10\n\t"
        "ldd r30, Y+1\n\tldd r31, Y+2\n\t"
        LAPEL_AVRNARROW_BIAS("r2", "r3")
        LAPEL_AVRNARROW_BIAS("r4", "r5")
        "brts 5f\n\t"
        LAPEL_AVRNARROW_BIAS("r6", "r7")
        LAPEL_AVRNARROW_BIAS("r8", "r9")
        LAPEL_AVRNARROW_BIAS("r10", "r11")
        LAPEL_AVRNARROW_BIAS("r12", "r13")
        LAPEL_AVRNARROW_BIAS("r14", "r15")
        LAPEL_AVRNARROW_BIAS("r18", "r19")
        "\n"
        "5:\tld r16, X+\n\t"
        "subi r16, 0x80\n\t"
        "breq 7f\n\t"
        LAPEL_AVRNARROW_MAC("r2", "r3")
        LAPEL_AVRNARROW_MAC("r4", "r5")
        "brts 6f\n\t"
        LAPEL_AVRNARROW_MAC("r6", "r7")
        LAPEL_AVRNARROW_MAC("r8", "r9")
        LAPEL_AVRNARROW_MAC("r10", "r11")
        LAPEL_AVRNARROW_MAC("r12", "r13")
        LAPEL_AVRNARROW_MAC("r14", "r15")
        LAPEL_AVRNARROW_MAC("r18", "r19")
        "6:\tdec r20\n\t"
        "brne 5b\n\t"
        "rjmp 8f\n"
        "7:\tadiw r30, 2\n\t"
        "brts 6b\n\t"
        "adiw r30, 6\n\t"
        "dec r20\n\t"
        "brne 5b\n"
        "8:\tdec r21\n\t"                                 /* the next turn: r20 is 0 and stands for 256 */
        "brne 5b\n\t"
        "std Y+1, r30\n\tstd Y+2, r31\n\t"
        "ldi r24, 2\n\t"
        "brts 3f\n\t"
        LAPEL_AVRNARROW_PUSH("r18", "r19")
        LAPEL_AVRNARROW_PUSH("r14", "r15")
        LAPEL_AVRNARROW_PUSH("r12", "r13")
        LAPEL_AVRNARROW_PUSH("r10", "r11")
        LAPEL_AVRNARROW_PUSH("r8", "r9")
        LAPEL_AVRNARROW_PUSH("r6", "r7")
        "ldi r24, 8\n"
        "3:\t"
        LAPEL_AVRNARROW_PUSH("r4", "r5")
        LAPEL_AVRNARROW_PUSH("r2", "r3")
        "ldi r22, pm_lo8(lapel_avrnarrow_block)\n\t"
        "ldi r23, pm_hi8(lapel_avrnarrow_block)\n\t"
        "movw r6, r22\n\t"
        "jmp lapel_avrfinish\n"

        "9:\tldi r24, 15\n"
        "3:\tpop r0\n\t"
        "dec r24\n\t"
        "brne 3b\n\t"
        "clr r1\n\t"
        LAPEL_AVR_RESTORE
        "ret\n\t");
}

#else

LAPEL_NOINLINE void lapel_avrnarrow(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avrrow_shape *p)
{
    const LAPEL_ROM uint8_t *w = p->w;
    lapel_index lanes;

    for (lapel_index o = 0; o < p->outputs; o = (lapel_index)(o + lanes)) {
        lanes = p->outputs - o < 8 ? 2 : 8;
        for (lapel_index i = 0; i < lanes; i++) {
            const LAPEL_ROM uint8_t *at = w + 2 * lanes + i;
            int32_t acc = (int32_t)((uint32_t)w[2 * i] | (uint32_t)w[2 * i + 1] << 8);

            for (lapel_index k = 0; k < p->inputs; k++) {
                acc += (int8_t)*at * (x[k] + 128);
                at += lanes;
            }
            if (o + i < p->outputs) {
                y[o + i] = lapel_avrfinish_one((int16_t)(uint16_t)(uint32_t)acc, p->scale + (o + i) * p->scale_step, p);
            }
        }
        w += (2 + p->inputs) * lanes;
    }
}

#endif

#endif
