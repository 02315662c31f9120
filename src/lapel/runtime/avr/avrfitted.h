/* A row of values times a matrix of weights, with sums of 16 bits and multipliers of 16 bits: what a network quantized
 * for accumulators of int16 takes. Values are u = x + 128 (0..255), weights are signed; a value of -128 adds nothing,
 * and its weights are passed over.
 *
 * Of a sum the magnitude is requantized, (|acc| * mul + 256 * half) / 2^16 without the fraction. That this is the
 * definition's two roundings for each sum that can be, is tried before this kernel is taken. */
#ifndef LAPEL_AVRFITTED_H
#define LAPEL_AVRFITTED_H

#include "avr.h"

typedef struct {
    lapel_index inputs;         /* 1..32767 */
    const LAPEL_ROM uint8_t *w; /* packed: avrfitted.h */
    lapel_index outputs;        /* 1..32767 */
    int8_t zero;
    uint8_t most;               /* the greatest output, less zero; the least one is -128 */
} lapel_avrfitted_shape;

/* y: [outputs], written upwards behind all reads of x for them; x: [inputs]; they do not overlap.
 * p->w: blocks of eight outputs while five are left, then of two; of the last one the first ones may be none. A block is
 * its biases, two bytes each, less 128 * (sum of the output's weights); for each input one weight an output; then, of
 * each output that is one, `half` and the two bytes of its multiplier. Lower bytes come first. */

#ifdef LAPEL_AVR_ASM

LAPEL_ASSERT_AT(lapel_avrfitted_shape, inputs, 0);
LAPEL_ASSERT_AT(lapel_avrfitted_shape, w, 2);
LAPEL_ASSERT_AT(lapel_avrfitted_shape, outputs, 4);
LAPEL_ASSERT_AT(lapel_avrfitted_shape, zero, 6);
LAPEL_ASSERT_AT(lapel_avrfitted_shape, most, 7);

#ifdef __AVR_XMEGA__
#error "lapel_avrfitted reads registers as memory, which this core has none of"
#endif

#define LAPEL_AVRFITTED_BIAS(lo, hi) "lpm " lo ", Z+\n\tlpm " hi ", Z+\n\t"
#define LAPEL_AVRFITTED_MAC(lo, hi) "lpm r19, Z+\n\tmulsu r19, r18\n\tadd " lo ", r0\n\tadc " hi ", r1\n\t"
#define LAPEL_AVRFITTED_EIGHT                                                    \
    LAPEL_AVRFITTED_MAC("r2", "r3")                                              \
    LAPEL_AVRFITTED_MAC("r4", "r5")                                              \
    LAPEL_AVRFITTED_MAC("r6", "r7")                                              \
    LAPEL_AVRFITTED_MAC("r8", "r9")                                              \
    LAPEL_AVRFITTED_MAC("r10", "r11")                                            \
    LAPEL_AVRFITTED_MAC("r12", "r13")                                            \
    LAPEL_AVRFITTED_MAC("r14", "r15")                                            \
    LAPEL_AVRFITTED_MAC("r16", "r17")

/* r17:r2 sums, r18 u, r19 a weight; r21:r20 y, r22 zero, r23 most; r25:r24 inputs that are left, in r25 turns of 256; r28
 * the first register of a sum that is an output's. */
LAPEL_AVR_NAKED void lapel_avrfitted(int8_t *y __attribute__((unused)), const int8_t *x __attribute__((unused)),
                                    const LAPEL_ROM lapel_avrfitted_shape *p __attribute__((unused)))
{
    __asm__ volatile(
        LAPEL_AVR_SAVE
        "movw r30, r20\n\t"
        "lpm r26, Z+\n\tlpm r27, Z+\n\t"
        "push r27\n\tpush r26\n\t"                        /* frame 5: inputs */
        "push r23\n\tpush r22\n\t"                        /* frame 3: x */
        "lpm r18, Z+\n\tlpm r19, Z+\n\t"                  /* w */
        "lpm r26, Z+\n\tlpm r27, Z+\n\t"
        "push r27\n\tpush r26\n\t"                        /* frame 1: outputs that are left */
        "lpm r22, Z+\n\tlpm r23, Z\n\t"
        "movw r20, r24\n\t"
        "movw r30, r18\n"

        "1:\tin r28, 0x3d\n\tin r29, 0x3e\n\t"            /* a block */
        "ldd r18, Y+1\n\tldd r19, Y+2\n\t"
        "ldd r26, Y+3\n\tldd r27, Y+4\n\t"
        "ldd r24, Y+5\n\tldd r25, Y+6\n\t"
        "subi r18, 8\n\tsbci r19, 0\n\t"
        "brsh 2f\n\t"
        "cpi r18, 0xfd\n\t"
        "brsh 4f\n\t"
        "rjmp 6f\n"
        "4:\tclr r19\n\t"                                 /* five to seven are left */
        "std Y+1, r19\n\tstd Y+2, r19\n\t"
        "lsl r18\n\t"
        "ldi r28, 2\n\t"
        "sub r28, r18\n\t"
        "rjmp 4f\n"
        "2:\tstd Y+1, r18\n\tstd Y+2, r19\n\t"
        "ldi r28, 2\n"
        "4:\t"
        LAPEL_AVRFITTED_BIAS("r2", "r3")
        LAPEL_AVRFITTED_BIAS("r4", "r5")
        LAPEL_AVRFITTED_BIAS("r6", "r7")
        LAPEL_AVRFITTED_BIAS("r8", "r9")
        LAPEL_AVRFITTED_BIAS("r10", "r11")
        LAPEL_AVRFITTED_BIAS("r12", "r13")
        LAPEL_AVRFITTED_BIAS("r14", "r15")
        LAPEL_AVRFITTED_BIAS("r16", "r17")
        "adiw r24, 1\n\t"                                 /* pairs of inputs; of an odd number the first pair is one */
        "lsr r25\n\tror r24\n\t"                          /* C: an even number, until the jump */
        "breq 2f\n\t"
        "inc r25\n"
        "2:\tbrcs 3f\n\t"
        "rjmp 4f\n"

        "2:\tdec r25\n\t"                                 /* r24 is 0 and stands for 256 */
        "brne 3f\n\t"
        "rjmp 5f\n"
        "7:\tadiw r30, 8\n\t"                             /* the first of a pair is passed over */
        "ld r18, X+\n\t"
        "subi r18, 0x80\n\t"
        "brne 9f\n"
        "8:\tadiw r30, 8\n"                               /* the second one is */
        "0:\tdec r24\n\t"
        "breq 2b\n"
        "3:\tld r18, X+\n\t"
        "subi r18, 0x80\n\t"
        "breq 7b\n\t"
        LAPEL_AVRFITTED_EIGHT
        "4:\tld r18, X+\n\t"
        "subi r18, 0x80\n\t"
        "breq 8b\n"
        "9:\t"
        LAPEL_AVRFITTED_EIGHT
        "rjmp 0b\n"

        "5:\n"
        "lapel_avrfitted_outputs:\n\t"
        "clr r29\n\t"                                    /* outputs of the sums in the registers r28.. to 17 */
        "movw r26, r20\n\t"
        "movw r24, r22\n"
        "2:\tld r18, Y+\n\tld r19, Y+\n\t"                /* a sum; T: it is negative */
        "bst r19, 7\n\t"
        "brts 7f\n"
        "3:\tlpm r21, Z+\n\tlpm r20, Z+\n\t"              /* half, mul; r23 r22 r21 the product */
        "mul r18, r20\n\tadd r21, r1\n\tclr r22\n\tadc r22, r22\n\t"
        "mul r19, r20\n\tadd r21, r0\n\tadc r22, r1\n\t"
        "lpm r20, Z+\n\t"
        "clr r23\n\t"
        "mul r18, r20\n\tadd r21, r0\n\tadc r22, r1\n\tadc r23, r29\n\t"
        "mul r19, r20\n\tadd r22, r0\n\tadc r23, r1\n\t"
        "brts 8f\n\t"
        "cp r25, r22\n\tcpc r29, r23\n\t"
        "brsh 4f\n\t"
        "mov r22, r25\n"
        "4:\tadd r22, r24\n"
        "5:\tst X+, r22\n"
        "0:\tcpi r28, 18\n\t"
        "brne 2b\n\t"
        "movw r20, r26\n\t"
        "movw r22, r24\n\t"
        "rjmp 1b\n"
        "7:\tcpi r24, 0x80\n\t"                            /* a negative sum; if zero is -128, that is the output */
        "brne 4f\n\t"
        "adiw r30, 3\n\t"
        "st X+, r24\n\t"
        "rjmp 0b\n"
        "4:\tcom r19\n\tneg r18\n\tsbci r19, 0xff\n\t"
        "rjmp 3b\n"
        "8:\tmov r21, r24\n\t"
        "subi r21, 0x80\n\t"
        "cp r21, r22\n\tcpc r29, r23\n\t"
        "brsh 4f\n\t"
        "mov r22, r21\n"
        "4:\tneg r22\n\t"
        "add r22, r24\n\t"
        "rjmp 5b\n"

        "6:\tsubi r18, 0xf8\n\t"                          /* a block of two */
        "breq 9f\n\t"
        LAPEL_AVRFITTED_BIAS("r14", "r15")
        LAPEL_AVRFITTED_BIAS("r16", "r17")
        "tst r24\n\t"
        "breq 2f\n\t"
        "inc r25\n"
        "2:\tld r18, X+\n\t"
        "subi r18, 0x80\n\t"
        "breq 4f\n\t"
        LAPEL_AVRFITTED_MAC("r14", "r15")
        LAPEL_AVRFITTED_MAC("r16", "r17")
        "3:\tdec r24\n\t"
        "brne 2b\n\t"
        "dec r25\n\t"
        "brne 2b\n\t"
        "ldd r18, Y+1\n\t"
        "subi r18, 2\n\t"
        "brcs 5f\n\t"
        "std Y+1, r18\n\t"
        "ldi r28, 14\n\t"
        "rjmp lapel_avrfitted_outputs\n"
        "4:\tadiw r30, 2\n\t"
        "rjmp 3b\n"
        "5:\tclr r18\n\t"                                  /* the second one alone */
        "std Y+1, r18\n\t"
        "ldi r28, 16\n\t"
        "rjmp lapel_avrfitted_outputs\n"

        "9:\tldi r24, 6\n"
        "2:\tpop r0\n\t"
        "dec r24\n\t"
        "brne 2b\n\t"
        "clr r1\n\t"
        LAPEL_AVR_RESTORE
        "ret\n\t");
}

#else

/* Lower byte first. */
LAPEL_INLINE uint16_t lapel_avrfitted_word(const LAPEL_ROM uint8_t *at)
{
    return (uint16_t)(at[0] | (uint32_t)at[1] << 8);
}

/* The output whose sum is acc; scale: [3]. */
LAPEL_INLINE int8_t lapel_avrfitted_finish(int16_t acc, const LAPEL_ROM uint8_t *scale, const LAPEL_ROM lapel_avrfitted_shape *p)
{
    const uint32_t magnitude = (uint32_t)(acc < 0 ? -(int32_t)acc : acc);
    const uint32_t found = (magnitude * lapel_avrfitted_word(scale + 1) + ((uint32_t)scale[0] << 8)) >> 16;
    const uint32_t most = acc < 0 ? (uint32_t)(p->zero + 128) : p->most;
    const int32_t v = (int32_t)(found < most ? found : most);

    return (int8_t)(acc < 0 ? p->zero - v : p->zero + v);
}

LAPEL_NOINLINE void lapel_avrfitted(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_avrfitted_shape *p)
{
    const LAPEL_ROM uint8_t *w = p->w;
    lapel_index lanes, first;

    for (lapel_index left = p->outputs; left > 0; left = (lapel_index)(left - lanes + first)) {
        const LAPEL_ROM uint8_t *scale;

        lanes = left < 5 ? 2 : 8;
        first = (lapel_index)(left < lanes ? lanes - left : 0);
        scale = w + (2 + p->inputs) * lanes;
        for (lapel_index i = first; i < lanes; i++) {
            const LAPEL_ROM uint8_t *at = w + 2 * lanes + i;
            uint32_t acc = lapel_avrfitted_word(w + 2 * i);

            for (lapel_index k = 0; k < p->inputs; k++) {
                acc += (uint32_t)((int8_t)*at * (x[k] + 128));
                at += lanes;
            }
            *y++ = lapel_avrfitted_finish((int16_t)(uint16_t)acc, scale, p);
            scale += 3;
        }
        w = scale;
    }
}

#endif

#endif
