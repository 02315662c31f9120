/* A window of channels, each of which has weights of its own: a pixel of depthwise convolutions. Sums have 24 bits, of four
 * channels at a time or of one. Values are u = x + 128 (0..255), weights are signed. */
#ifndef LAPEL_AVRLANES_H
#define LAPEL_AVRLANES_H

#include "avrfinish.h"

/* y: [outputs], written upwards behind all reads of x for them; x: [inputs][outputs], a value of each channel a tap; they
 * do not overlap. p->inputs: taps, 1..255. p->w: blocks of four channels, behind them blocks of one; a block is its biases,
 * three bytes each, lowest first, less 128 * (sum of the channel's weights), then for each tap one weight a channel. */

#ifdef LAPEL_AVR_ASM

#define LAPEL_AVRLANES_BIAS(lo, mid, hi) "lpm " lo ", Z+\n\tlpm " mid ", Z+\n\tlpm " hi ", Z+\n\t"

/* acc += weight * u; MULSU leaves the product's sign in the carry. */
#define LAPEL_AVRLANES_MAC(lo, mid, hi)                                                   \
    "ld r18, X+\n\tsubi r18, 0x80\n\tlpm r19, Z+\n\tmulsu r19, r18\n\t"                     \
    "sbc " hi ", r15\n\tadd " lo ", r0\n\tadc " mid ", r1\n\tadc " hi ", r15\n\t"

#define LAPEL_AVRLANES_PUSH(lo, mid, hi) "push " hi "\n\tpush " mid "\n\tpush " lo "\n\t"

/* r13:r2 sums, r15 0, r18 u, r19 a weight, r20 taps that are left, r23:r22 from a block's values to the next tap's. */
LAPEL_AVR_NAKED void lapel_avrlanes(int8_t *y __attribute__((unused)), const int8_t *x __attribute__((unused)),
                                    const LAPEL_ROM lapel_avrrow_shape *p __attribute__((unused)))
{
    __asm__ volatile(
        LAPEL_AVR_SAVE
        "push r21\n\tpush r20\n\t"                        /* frame 14: p */
        "push r1\n\tpush r1\n\tpush r1\n\t"               /* as lapel_avrfinish wants p at frame 14 */
        "push r23\n\tpush r22\n\t"                        /* frame 9: x, of the channels that are left */
        "movw r30, r20\n\t"
        "adiw r30, 2\n\t"
        "lpm r18, Z+\n\tlpm r19, Z+\n\t"                  /* w */
        "lpm r20, Z+\n\tlpm r21, Z+\n\t"                  /* scale */
        "lpm r16, Z+\n\tlpm r17, Z+\n\t"                  /* outputs */
        "push r17\n\tpush r16\n\t"                        /* frame 7: outputs that are left */
        "push r21\n\tpush r20\n\t"                        /* frame 5: scale */
        "push r25\n\tpush r24\n\t"                        /* frame 3: y */
        "push r19\n\tpush r18\n"                          /* frame 1: w */

        "lapel_avrlanes_block:\n\t"
        "in r28, 0x3d\n\tin r29, 0x3e\n\t"                /* a block; T: of one channel */
        "clr r15\n\t"
        "ldd r24, Y+7\n\tldd r25, Y+8\n\t"
        "ldi r21, 4\n\t"
        "clt\n\t"
        "sbiw r24, 4\n\t"
        "brsh 3f\n\t"
        "adiw r24, 4\n\t"
        "brne 2f\n\t"
        "rjmp 9f\n"
        "2:\tldi r21, 1\n\t"
        "set\n"
        "3:\tldd r30, Y+14\n\tldd r31, Y+15\n\t"
        "lpm r20, Z\n\t"
        "adiw r30, 6\n\t"
        "lpm r22, Z+\n\tlpm r23, Z\n\t"
        "sub r22, r21\n\tsbc r23, r15\n\t"
        "ldd r26, Y+9\n\tldd r27, Y+10\n\t"
        "movw r24, r26\n\t"
        "add r24, r21\n\tadc r25, r15\n\t"
        "std Y+9, r24\n\tstd Y+10, r25\n\t"
        "ldd r30, Y+1\n\tldd r31, Y+2\n\t"
        LAPEL_AVRLANES_BIAS("r2", "r3", "r4")
        "brts 5f\n\t"
        LAPEL_AVRLANES_BIAS("r5", "r6", "r7")
        LAPEL_AVRLANES_BIAS("r8", "r9", "r10")
        LAPEL_AVRLANES_BIAS("r11", "r12", "r13")
        "\n"
        "5:\t"
        LAPEL_AVRLANES_MAC("r2", "r3", "r4")
        "brts 6f\n\t"
        LAPEL_AVRLANES_MAC("r5", "r6", "r7")
        LAPEL_AVRLANES_MAC("r8", "r9", "r10")
        LAPEL_AVRLANES_MAC("r11", "r12", "r13")
        "6:\tadd r26, r22\n\tadc r27, r23\n\t"
        "dec r20\n\t"
        "brne 5b\n\t"
        "std Y+1, r30\n\tstd Y+2, r31\n\t"
        "ldi r24, 1\n\t"
        "brts 3f\n\t"
        LAPEL_AVRLANES_PUSH("r11", "r12", "r13")
        LAPEL_AVRLANES_PUSH("r8", "r9", "r10")
        LAPEL_AVRLANES_PUSH("r5", "r6", "r7")
        "ldi r24, 4\n"
        "3:\t"
        LAPEL_AVRLANES_PUSH("r2", "r3", "r4")
        "ldi r22, pm_lo8(lapel_avrlanes_block)\n\t"
        "ldi r23, pm_hi8(lapel_avrlanes_block)\n\t"
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
LAPEL_INLINE int32_t lapel_avrlanes_bias(const LAPEL_ROM uint8_t *w)
{
    return (int32_t)((uint32_t)w[0] | (uint32_t)w[1] << 8 | (uint32_t)(int32_t)(int8_t)w[2] << 16);
}

LAPEL_NOINLINE void lapel_avrlanes(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avrrow_shape *p)
{
    const LAPEL_ROM uint8_t *w = p->w;
    lapel_index lanes;

    for (lapel_index o = 0; o < p->outputs; o = (lapel_index)(o + lanes)) {
        lanes = p->outputs - o < 4 ? 1 : 4;
        for (lapel_index i = 0; i < lanes; i++) {
            const LAPEL_ROM uint8_t *at = w + 3 * lanes + i;
            const int8_t *value = x + o + i;
            int32_t acc = lapel_avrlanes_bias(w + 3 * i);

            for (lapel_index k = 0; k < p->inputs; k++) {
                acc += (int8_t)*at * (*value + 128);
                at += lanes;
                value += p->outputs;
            }
            y[o + i] = lapel_avrfinish_one(acc, p->scale + (o + i) * p->scale_step, p);
        }
        w += (3 + p->inputs) * lanes;
    }
}

#endif

#endif
