/* From sums of 24 bits to outputs: two roundings, zero point, clamp (docs/SPEC.md 2.4), for multipliers of 2^-18 to 1/4.
 *
 * A scale is six bytes: m, twice the multiplier, lowest byte first, s, and `most`. R = floor((acc * m + 2^31) / 2^32),
 * less 1 of a negative acc, is the definition's first rounding as lapel_requantize_twice has it. Its shift to the right by
 * 1..8 is a multiplication with s = 128..1 of which the lowest byte is dropped; m's lowest bit, which is not part of m,
 * says that it is 8 more.
 *
 * The upper half of m gives R or less, by few. Only where what the shift drops is `most` or more could these few make
 * another output: there all of m is multiplied. Of a negative sum the magnitude is multiplied, and what the shift leaves
 * is complemented: that is the same, since halves go away from zero. */
#ifndef LAPEL_AVRFINISH_H
#define LAPEL_AVRFINISH_H

#include "avr.h"

/* A layer, as assembly reads it. */
typedef struct {
    lapel_index inputs;               /* 1..32767 */
    const LAPEL_ROM uint8_t *w;       /* packed: avrrow.h */
    const LAPEL_ROM uint8_t *scale;   /* [outputs][6], or [6] */
    lapel_index outputs;              /* >= 1 */
    int16_t offset;                   /* 2 * zero + 1 */
    uint8_t scale_step;               /* 6, or 0 if per tensor */
    int8_t lo;                        /* clamp, lo <= hi */
    int8_t hi;
    int8_t rectified;                 /* -128: lo is the zero point, and so every negative sum's output; else 0 */
} lapel_avrrow_shape;

#ifdef LAPEL_AVR_ASM

LAPEL_ASSERT_AT(lapel_avrrow_shape, inputs, 0);
LAPEL_ASSERT_AT(lapel_avrrow_shape, w, 2);
LAPEL_ASSERT_AT(lapel_avrrow_shape, scale, 4);
LAPEL_ASSERT_AT(lapel_avrrow_shape, outputs, 6);
LAPEL_ASSERT_AT(lapel_avrrow_shape, offset, 8);
LAPEL_ASSERT_AT(lapel_avrrow_shape, scale_step, 10);
LAPEL_ASSERT_AT(lapel_avrrow_shape, lo, 11);
LAPEL_ASSERT_AT(lapel_avrrow_shape, hi, 12);
LAPEL_ASSERT_AT(lapel_avrrow_shape, rectified, 13);

/* Jumped to by assembly alone, with the address in r7:r6 that it jumps to in the end: r24 sums lie on the stack, three bytes each, the first one's lowest at the lowest address;
 * they are taken from it. Y is the address below the caller's frame, of which 3 is y, 5 the scale, 7 the number of
 * outputs that are left, and 14 the layer. y, scale and number move on; of a last pair the second one may be too many. */
LAPEL_AVR_NAKED void lapel_avrfinish(void)
{
    __asm__ volatile(
        "ldd r30, Y+14\n\tldd r31, Y+15\n\t"
        "adiw r30, 8\n\t"
        "lpm r10, Z+\n\tlpm r11, Z+\n\t"                  /* offset */
        "lpm r12, Z+\n\tlpm r13, Z+\n\t"                  /* scale_step, lo */
        "lpm r14, Z+\n\tlpm r15, Z+\n\t"                  /* hi, rectified */
        "clr r9\n\t"
        "ldd r18, Y+7\n\tldd r19, Y+8\n\t"
        "sub r18, r24\n\tsbc r19, r9\n\t"
        "std Y+7, r18\n\tstd Y+8, r19\n\t"
        "brpl 1f\n\t"
        "dec r24\n"
        "1:\tldd r26, Y+3\n\tldd r27, Y+4\n\t"
        "ldd r30, Y+5\n\tldd r31, Y+6\n"

        "2:\tadiw r30, 2\n\t"                             /* a scale: r18 and r19 of m, r23 s, r17 most, T the lowest bit */
        "lpm r18, Z+\n\tlpm r19, Z+\n\tlpm r23, Z+\n\tlpm r17, Z\n\t"
        "sbiw r30, 5\n\t"
        "lpm r0, Z\n\t"
        "bst r0, 0\n"
        "3:\tpop r20\n\tpop r21\n\tpop r22\n\t"           /* an output: acc, and in r16 its sign */
        "mov r16, r22\n\t"
        "tst r22\n\t"
        "brpl 1f\n\t"
        "mov r16, r13\n\t"
        "sbrc r15, 7\n\t"
        "rjmp 8f\n\t"                                     /* negative: the zero point of a rectifier */
        "ldi r16, 0x80\n\t"
        "com r22\n\tcom r21\n\tneg r20\n\tsbci r21, 0xff\n\tsbci r22, 0xff\n"
        "1:\t"
        /* r4 r3 r2: R or less by at most some, from the upper half of m */
        "mul r21, r19\n\tmovw r2, r0\n\t"
        "mul r22, r19\n\tadd r3, r0\n\tmov r4, r1\n\tadc r4, r9\n\t"
        "mul r22, r18\n\tadd r2, r0\n\tadc r3, r1\n\tadc r4, r9\n\t"
        "mul r20, r19\n\tmov r5, r0\n\tadd r2, r1\n\tadc r3, r9\n\tadc r4, r9\n\t"
        "mul r21, r18\n\tadd r5, r0\n\tadc r2, r1\n\tadc r3, r9\n\tadc r4, r9\n\t"
        /* r4 r8 r25: R, shifted; r5 what is left of it */
        "mul r2, r23\n\tmov r5, r0\n\tmov r25, r1\n\t"
        "mul r3, r23\n\tor r25, r0\n\tmov r8, r1\n\t"
        "mul r4, r23\n\tor r8, r0\n\tmov r4, r1\n\t"
        "brtc 4f\n\t"
        "mov r5, r25\n\tmov r25, r8\n\tmov r8, r4\n\tclr r4\n"
        "4:\tcp r5, r17\n\t"
        "brlo 5f\n\t"
        "rjmp 7f\n"                                       /* some more could be an output more: all of m tells */
        "5:\tsbrs r16, 7\n\t"
        "rjmp 1f\n\t"
        "com r25\n\tcom r8\n\tcom r4\n"
        "1:\tadd r25, r10\n\tadc r8, r11\n\tadc r4, r11\n\t"
        "asr r4\n\tror r8\n\tror r25\n\t"
        "mov r16, r25\n\t"
        "lsl r25\n\tsbc r25, r25\n\t"
        "cp r8, r25\n\tcpc r4, r25\n\t"
        "breq 1f\n\t"
        "ldi r16, 0x7f\n\t"
        "sbrc r4, 7\n\t"
        "ldi r16, 0x80\n"
        "1:\tcp r16, r13\n\t"
        "brge 1f\n\t"
        "mov r16, r13\n"
        "1:\tcp r14, r16\n\t"
        "brge 8f\n\t"
        "mov r16, r14\n"
        "8:\tst X+, r16\n\t"
        "add r30, r12\n\tadc r31, r9\n\t"
        "dec r24\n\t"
        "brne 1f\n\t"
        "rjmp 9f\n"
        "1:\tcpse r12, r9\n\t"
        "rjmp 2b\n\t"
        "rjmp 3b\n"

        "7:\tsbrs r16, 7\n\t"
        "rjmp 1f\n\t"
        "com r22\n\tcom r21\n\tneg r20\n\tsbci r21, 0xff\n\tsbci r22, 0xff\n"
        "1:\tclr r2\n\tclr r3\n\tclr r4\n\tclr r5\n\t"   /* acc times all of m */
        "ldi r25, 4\n\t"
        "movw r0, r30\n\tmov r8, r0\n\tpush r1\n\t"
        "lpm r16, Z+\n\t"
        "andi r16, 0xfe\n\t"
        "rjmp 4f\n"
        "3:\tmov r2, r3\n\tmov r3, r4\n\tmov r4, r5\n\t"  /* the sum so far / 256, and a byte of m times acc */
        "lsl r5\n\tsbc r5, r5\n\t"
        "lpm r16, Z+\n"
        "4:\tmul r20, r16\n\tadd r2, r0\n\tadc r3, r1\n\tadc r4, r9\n\tadc r5, r9\n\t"
        "mul r21, r16\n\tadd r3, r0\n\tadc r4, r1\n\tadc r5, r9\n\t"
        "mulsu r22, r16\n\tadd r4, r0\n\tadc r5, r1\n\t"
        "dec r25\n\t"
        "brne 3b\n\t"
        "pop r31\n\tmov r30, r8\n\t"
        "lsl r2\n\tadc r3, r9\n\tadc r4, r9\n\tadc r5, r9\n\t"
        "lsl r22\n\tsbc r3, r9\n\tsbc r4, r9\n\tsbc r5, r9\n\t"
        "mov r22, r5\n\t"
        "mul r3, r23\n\tmov r25, r1\n\t"
        "mul r4, r23\n\tor r25, r0\n\tmov r8, r1\n\t"
        "mulsu r22, r23\n\tor r8, r0\n\tmov r4, r1\n\t"
        "brtc 1f\n\t"
        "mov r25, r8\n\tmov r8, r4\n\tlsl r4\n\tsbc r4, r4\n"
        "1:\tclr r16\n\t"
        "rjmp 5b\n"

        "9:\tstd Y+3, r26\n\tstd Y+4, r27\n\t"
        "std Y+5, r30\n\tstd Y+6, r31\n\t"
        "ldd r18, Y+8\n\t"
        "tst r18\n\t"
        "brpl 9f\n\t"
        "pop r0\n\tpop r0\n\tpop r0\n"
        "9:\tmovw r30, r6\n\t"
        "ijmp\n\t");
}

#else

/* The output whose sum is acc. */
LAPEL_INLINE int8_t lapel_avrfinish_one(int32_t acc, const LAPEL_ROM uint8_t *scale, const LAPEL_ROM lapel_avrrow_shape *p)
{
    const uint32_t word = (uint32_t)scale[0] | (uint32_t)scale[1] << 8 | (uint32_t)scale[2] << 16 | (uint32_t)scale[3] << 24;
    const int64_t product = (int64_t)acc * (int64_t)(word & ~(uint32_t)1);
    int32_t v = (int32_t)((product + ((int64_t)1 << 31)) >> 32) - (acc < 0 ? 1 : 0);

    if (p->rectified && acc < 0) {
        return p->lo;
    }
    v = v * scale[4] >> 8;
    v = word & 1 ? v >> 8 : v;
    return lapel_clamp((v + p->offset) >> 1, p->lo, p->hi);
}

#endif

#endif
