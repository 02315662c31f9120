/* A row of values times a matrix of weights, requantized: the dense layer, and the window of a convolution. Sums have 24
 * bits, of eight outputs at a time or of two. Values are u = x + 128 (0..255) and weights 127 - w (0..255), so that a
 * product needs no sign:
 *
 *     sum_k w[o][k] * u[k] = 127 * sum_k u[k] - sum_k (127 - w[o][k]) * u[k].
 *
 * A value of -128 adds nothing, and its weights are passed over: behind a rectifier half of them are such. */
#ifndef LAPEL_AVRROW_H
#define LAPEL_AVRROW_H

#include "avrfinish.h"

/* y: [outputs], written upwards behind all reads of x for them; x: [inputs]; they do not overlap.
 * p->w: blocks of eight outputs, behind them blocks of two, the last of which may have one too many; a block is its
 * biases, three bytes each, lowest first, less 128 * (sum of the output's weights), then for each input one weight an
 * output. */

#ifdef LAPEL_AVR_ASM

/* acc = bias. */
#define LAPEL_AVRROW_BIAS(lo, mid, hi) "lpm " lo ", Z+\n\tlpm " mid ", Z+\n\tlpm " hi ", Z+\n\t"

/* acc -= weight * u. The carry goes into the highest byte by an immediate, because no register is left to hold 0. */
#define LAPEL_AVRROW_MAC(lo, mid, hi)                           \
    "lpm r0, Z+\n\tmul r0, r24\n\t"                             \
    "sub " lo ", r0\n\tsbc " mid ", r1\n\tsbci " hi ", 0\n\t"

/* acc + V, as lapel_avrfinish takes it. */
#define LAPEL_AVRROW_PUSH(lo, mid, hi)                                     \
    "add " lo ", r30\n\tadc " mid ", r31\n\tadc " hi ", r1\n\t"            \
    "push " hi "\n\tpush " mid "\n\tpush " lo "\n\t"

LAPEL_AVR_NAKED void lapel_avrrow(int8_t *y __attribute__((unused)), const int8_t *x __attribute__((unused)),
                                  const LAPEL_ROM lapel_avrrow_shape *p __attribute__((unused)))
{
    __asm__ volatile(
        LAPEL_AVR_SAVE
        "push r21\n\tpush r20\n\t"                        /* frame 14: p */
        "movw r30, r20\n\t"
        "movw r26, r22\n\t"
        "lpm r18, Z+\n\tlpm r19, Z+\n\t"                  /* inputs */
        "clr r2\n\tclr r3\n\tclr r4\n"
        "1:\tld r20, X+\n\t"                              /* U = sum of u */
        "subi r20, 0x80\n\t"
        "add r2, r20\n\tadc r3, r1\n\tadc r4, r1\n\t"
        "subi r18, 1\n\tsbci r19, 0\n\t"
        "brne 1b\n\t"
        "movw r6, r2\n\tmov r8, r4\n\t"                   /* V = 128 * U - U */
        "clr r5\n\t"
        "lsr r4\n\tror r3\n\tror r2\n\tror r5\n\t"
        "sub r5, r6\n\tsbc r2, r7\n\tsbc r3, r8\n\t"
        "push r3\n\tpush r2\n\tpush r5\n\t"               /* frame 11: V */
        "push r23\n\tpush r22\n\t"                        /* frame 9: x */
        "lpm r18, Z+\n\tlpm r19, Z+\n\t"                  /* w */
        "lpm r20, Z+\n\tlpm r21, Z+\n\t"                  /* scale */
        "lpm r16, Z+\n\tlpm r17, Z+\n\t"                  /* outputs */
        "push r17\n\tpush r16\n\t"                        /* frame 7: outputs that are left */
        "push r21\n\tpush r20\n\t"                        /* frame 5: scale */
        "push r25\n\tpush r24\n\t"                        /* frame 3: y */
        "push r19\n\tpush r18\n"                          /* frame 1: w */

        "lapel_avrrow_block:\n\t"
        "in r28, 0x3d\n\tin r29, 0x3e\n\t"            /* a block; T: of two outputs */
        "ldd r24, Y+7\n\tldd r25, Y+8\n\t"
        "sbiw r24, 1\n\t"
        "brge 3f\n\t"
        "rjmp 9f\n"
        "3:\tclt\n\t"
        "sbiw r24, 7\n\t"
        "brge 3f\n\t"
        "set\n"
        "3:\tldd r30, Y+14\n\tldd r31, Y+15\n\t"
        "lpm r25, Z+\n\tlpm r24, Z+\n\t"                 /* turns of 256 inputs, the first one may be shorter */
        "tst r25\n\t"
        "breq 3f\n\t"
        "inc r24\n"
        "3:\tpush r24\n\t"
        "ldd r26, Y+9\n\tldd r27, Y+10\n\t"
        "ldd r30, Y+1\n\tldd r31, Y+2\n\t"
        LAPEL_AVRROW_BIAS("r2", "r3", "r16")
        LAPEL_AVRROW_BIAS("r4", "r5", "r17")
        "brts 5f\n\t"
        LAPEL_AVRROW_BIAS("r6", "r7", "r18")
        LAPEL_AVRROW_BIAS("r8", "r9", "r19")
        LAPEL_AVRROW_BIAS("r10", "r11", "r20")
        LAPEL_AVRROW_BIAS("r12", "r13", "r21")
        LAPEL_AVRROW_BIAS("r14", "r15", "r22")
        LAPEL_AVRROW_BIAS("r28", "r29", "r23")
        "\n"
        "5:\tld r24, X+\n\t"
        "subi r24, 0x80\n\t"
        "breq 7f\n\t"
        LAPEL_AVRROW_MAC("r2", "r3", "r16")
        LAPEL_AVRROW_MAC("r4", "r5", "r17")
        "brts 6f\n\t"
        LAPEL_AVRROW_MAC("r6", "r7", "r18")
        LAPEL_AVRROW_MAC("r8", "r9", "r19")
        LAPEL_AVRROW_MAC("r10", "r11", "r20")
        LAPEL_AVRROW_MAC("r12", "r13", "r21")
        LAPEL_AVRROW_MAC("r14", "r15", "r22")
        LAPEL_AVRROW_MAC("r28", "r29", "r23")
        "6:\tdec r25\n\t"
        "brne 5b\n\t"
        "rjmp 8f\n"
        "7:\tadiw r30, 2\n\t"
        "brts 6b\n\t"
        "adiw r30, 6\n\t"
        "dec r25\n\t"
        "brne 5b\n"
        "8:\tpop r24\n\t"                                 /* the next turn: r25 is 0 and stands for 256 */
        "dec r24\n\t"
        "push r24\n\t"
        "brne 5b\n\t"
        "pop r24\n\t"

        "in r26, 0x3d\n\tin r27, 0x3e\n\t"
        "movw r24, r26\n\t"
        "adiw r26, 1\n\t"
        "st X+, r30\n\tst X, r31\n\t"
        "adiw r26, 9\n\t"
        "ld r30, X+\n\tld r31, X+\n\tld r1, X\n\t"     /* V */
        "ldi r26, 2\n\t"
        "brts 3f\n\t"
        LAPEL_AVRROW_PUSH("r28", "r29", "r23")
        LAPEL_AVRROW_PUSH("r14", "r15", "r22")
        LAPEL_AVRROW_PUSH("r12", "r13", "r21")
        LAPEL_AVRROW_PUSH("r10", "r11", "r20")
        LAPEL_AVRROW_PUSH("r8", "r9", "r19")
        LAPEL_AVRROW_PUSH("r6", "r7", "r18")
        "ldi r26, 8\n"
        "3:\t"
        LAPEL_AVRROW_PUSH("r4", "r5", "r17")
        LAPEL_AVRROW_PUSH("r2", "r3", "r16")
        "movw r28, r24\n\t"
        "mov r24, r26\n\t"
        "ldi r22, pm_lo8(lapel_avrrow_block)\n\t"
        "ldi r23, pm_hi8(lapel_avrrow_block)\n\t"
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

/* The lowest byte first. */
LAPEL_INLINE int32_t lapel_avrrow_bias(const LAPEL_ROM uint8_t *w)
{
    return (int32_t)((uint32_t)w[0] | (uint32_t)w[1] << 8 | (uint32_t)(int32_t)(int8_t)w[2] << 16);
}

LAPEL_NOINLINE void lapel_avrrow(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avrrow_shape *p)
{
    const LAPEL_ROM uint8_t *w = p->w;
    lapel_index lanes;

    for (lapel_index o = 0; o < p->outputs; o = (lapel_index)(o + lanes)) {
        lanes = p->outputs - o < 8 ? 2 : 8;
        for (lapel_index i = 0; i < lanes; i++) {
            const LAPEL_ROM uint8_t *at = w + 3 * lanes + i;
            int32_t acc = lapel_avrrow_bias(w + 3 * i);

            for (lapel_index k = 0; k < p->inputs; k++) {
                acc += (127 - *at) * (x[k] + 128);
                at += lanes;
            }
            if (o + i < p->outputs) {
                y[o + i] = lapel_avrfinish_one(acc, p->scale + (o + i) * p->scale_step, p);
            }
        }
        w += (3 + p->inputs) * lanes;
    }
}

#endif

#endif
