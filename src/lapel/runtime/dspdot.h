/* Dot products on the DSP extension, and their requantization: shared by the dense layer and the convolution.
 *
 * Weights are packed in pairs of channels a and b: a half of a word is 256 b + a, so that its low byte is a. One
 * multiplication by the word itself sums 256 b x + a x, one by its extended low bytes a x; the difference is 256 times
 * the sum of b. That is one extension for two channels. A word holds k = 0 and 2 of four neighbouring k, the next one
 * k = 1 and 3, as SXTB16 has them. */
#ifndef LAPEL_DSPDOT_H
#define LAPEL_DSPDOT_H

#include "dsp.h"

/* What finishes the accumulators of a layer. */
typedef struct {
    const LAPEL_ROM int32_t *w;     /* packed weights */
    const LAPEL_ROM int32_t *bias;  /* of each pair of channels: a, 256 b + a modulo 2^32 */
    const LAPEL_ROM int32_t *scale; /* of each pair: mul a, mul b, and the drops, a + 256 b */
    lapel_index scale_step;         /* words from one pair's scale to the next: 3, or 0 if per tensor */
    lapel_index blocks;             /* of four k, >= 0 */
    lapel_index channels;           /* >= 1 */
    int32_t offset;                 /* 2 zero + 1 */
} lapel_dsp_layer;

/* zero + acc * mul * 2^(-drop - 32), rounded twice, clamped to int8. twice: 2 acc, in int32; mul >= 0; drop: 0..21.
 * The first rounding is that of SMMLAR. The second one's halves go away from zero: up, less one if negative; for acc
 * < 0 whose product rounds to 0 that makes no difference. */
LAPEL_INLINE int8_t lapel_dsp_finish(int32_t twice, int32_t mul, int32_t offset, int32_t drop)
{
    const int32_t rounded = lapel_smmlar(twice, mul, offset * ((int32_t)1 << drop) + (twice >> 31));

    return (int8_t)lapel_ssat8_half(rounded >> drop);
}

/* Twice the sum of channel b of a pair, from both sums. */
LAPEL_INLINE int32_t lapel_dsp_second(int32_t both, int32_t a)
{
    return (int32_t)((uint32_t)both - (uint32_t)a) >> 7;
}

/* lapel_dsp_pairs: all channels of two neighbouring pixels, two channels at a time, `channels` outputs to each of y and
 * z. x: blocks of four words, k = 0 2, 1 3 of one pixel as int16, then of the other; one block at least. z is y where
 * there is but one pixel, and is written first.
 * lapel_dsp_quads: all channels of one pixel, four at a time: 4 * blocks values of int8 at x, then 4 more at `tail` if it
 * is not 0. Weights and tables are padded to a multiple of four channels. */

#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__)

/* Whole functions, because the inner loops leave no register for a compiler: GCC needs 1.6 times the instructions.
 * r9-r12 are the accumulators, r7 the next weights, r8 where the inner loop ends, lr the layer. */
#define LAPEL_DSP_NAKED static __attribute__((naked, noinline, unused))
#define LAPEL_DSP_UNUSED __attribute__((unused))

/* One word in `w` of the weights of channels a, b times x. */
#define LAPEL_DSP_BOTH(w, x, a, b)                  \
    "smlad " b ", " w ", " x ", " b "\n\t"          \
    "sxtb16 " w ", " w "\n\t"                       \
    "smlad " a ", " w ", " x ", " a "\n\t"

#define LAPEL_DSP_PAIR_BLOCK                        \
    "ldrd r4, r5, [r7], #8\n\t"                     \
    "ldm r6!, {r0, r1, r2, r3}\n\t"                 \
    "smlad r10, r4, r0, r10\n\t"                    \
    LAPEL_DSP_BOTH("r4", "r2", "r11", "r12")        \
    "smlad r9, r4, r0, r9\n\t"                      \
    "smlad r10, r5, r1, r10\n\t"                    \
    LAPEL_DSP_BOTH("r5", "r3", "r11", "r12")        \
    "smlad r9, r5, r1, r9\n\t"

#define LAPEL_DSP_QUAD_BLOCK                        \
    "ldr r5, [r6], #4\n\t"                          \
    "ldm r7!, {r0, r1, r2, r3}\n\t"                 \
    "sxtb16 r4, r5\n\t"                             \
    "sxtb16 r5, r5, ror #8\n\t"                     \
    LAPEL_DSP_BOTH("r0", "r4", "r9", "r10")         \
    LAPEL_DSP_BOTH("r1", "r5", "r9", "r10")         \
    LAPEL_DSP_BOTH("r2", "r4", "r11", "r12")        \
    LAPEL_DSP_BOTH("r3", "r5", "r11", "r12")

/* `block` r5 times, until r7 is r8: four a turn, the first turn entered where the others have r5 modulo 4 blocks left. */
#define LAPEL_DSP_LOOP(block)                                                     \
    "and r5, r5, #3\n\t"                                                          \
    "tbb [pc, r5]\n"                                                              \
    "10:\n\t"                                                                     \
    ".byte (11f - 10b) / 2, (14f - 10b) / 2, (13f - 10b) / 2, (12f - 10b) / 2\n"  \
    "11:\n\t" block "12:\n\t" block "13:\n\t" block "14:\n\t" block               \
    "cmp r7, r8\n\t"                                                              \
    "bne 11b\n\t"

/* The drops in r3 to r5 and r3, the offset in r4 shifted by them to r6 and r8: of channels a and b. */
#define LAPEL_DSP_ROUNDINGS                         \
    "uxtb r5, r3\n\t"                               \
    "lsrs r3, r3, #8\n\t"                           \
    "lsl r6, r4, r5\n\t"                            \
    "lsl r8, r4, r3\n\t"

/* From both sums to the outputs of channels a, b: lapel_dsp_second and lapel_dsp_finish. Uses r0. */
#define LAPEL_DSP_FINISH(a, b)                      \
    "sub " b ", " b ", " a "\n\t"                   \
    "add r0, r6, " a ", asr #31\n\t"                \
    "lsl " a ", " a ", #1\n\t"                      \
    "smmlar " a ", " a ", r1, r0\n\t"               \
    "add r0, r8, " b ", asr #31\n\t"                \
    "asr " b ", " b ", #7\n\t"                      \
    "smmlar " b ", " b ", r2, r0\n\t"               \
    "asr " a ", " a ", r5\n\t"                      \
    "asr " b ", " b ", r3\n\t"                      \
    "ssat " a ", #8, " a ", asr #1\n\t"             \
    "ssat " b ", #8, " b ", asr #1\n\t"

LAPEL_DSP_NAKED void lapel_dsp_pairs(int8_t *y LAPEL_DSP_UNUSED, int8_t *z LAPEL_DSP_UNUSED,
                                     const uint32_t *x LAPEL_DSP_UNUSED, const lapel_dsp_layer *l LAPEL_DSP_UNUSED)
{
    /* [sp]: y, z, bias, scale, x, end of y */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub sp, #28\n\t"
            "mov lr, r3\n\t"
            "ldm lr, {r7, r8, r9}\n\t"
            "ldr r4, [lr, #20]\n\t"
            "add r4, r0\n\t"
            "strd r0, r1, [sp]\n\t"
            "strd r8, r9, [sp, #8]\n\t"
            "strd r2, r4, [sp, #16]\n"
            "0:\n\t"
            "ldr r0, [sp, #8]\n\t"
            "ldr r6, [sp, #16]\n\t"
            "ldr r5, [lr, #16]\n\t"
            "ldrd r9, r10, [r0], #8\n\t"
            "add r8, r7, r5, lsl #3\n\t"
            "mov r11, r9\n\t"
            "mov r12, r10\n\t"
            "str r0, [sp, #8]\n\t"
            LAPEL_DSP_LOOP(LAPEL_DSP_PAIR_BLOCK)
            "ldr r0, [sp, #12]\n\t"
            "ldr r5, [lr, #12]\n\t"
            "ldr r4, [lr, #24]\n\t"
            "ldm r0, {r1, r2, r3}\n\t"
            "add r0, r0, r5, lsl #2\n\t"
            "str r0, [sp, #12]\n\t"
            LAPEL_DSP_ROUNDINGS
            LAPEL_DSP_FINISH("r9", "r10")
            LAPEL_DSP_FINISH("r11", "r12")
            "ldrd r0, r1, [sp]\n\t"
            "ldr r4, [sp, #20]\n\t"
            "strb r11, [r1], #1\n\t"
            "strb r9, [r0], #1\n\t"
            "cmp r0, r4\n\t"
            "beq 3f\n\t"
            "strb r12, [r1], #1\n\t"
            "strb r10, [r0], #1\n\t"
            "cmp r0, r4\n\t"
            "strd r0, r1, [sp]\n\t"
            "bne 0b\n"
            "3:\n\t"
            "add sp, #28\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

LAPEL_DSP_NAKED void lapel_dsp_quads(int8_t *y LAPEL_DSP_UNUSED, const int8_t *x LAPEL_DSP_UNUSED,
                                     const int8_t *tail LAPEL_DSP_UNUSED, const lapel_dsp_layer *l LAPEL_DSP_UNUSED)
{
    /* [sp]: y, end of y, bias, scale, x, tail */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub sp, #28\n\t"
            "mov lr, r3\n\t"
            "ldm lr, {r7, r8, r9}\n\t"
            "ldr r4, [lr, #20]\n\t"
            "add r4, r0\n\t"
            "strd r0, r4, [sp]\n\t"
            "strd r8, r9, [sp, #8]\n\t"
            "strd r1, r2, [sp, #16]\n"
            "0:\n\t"
            "ldr r0, [sp, #8]\n\t"
            "ldr r6, [sp, #16]\n\t"
            "ldr r5, [lr, #16]\n\t"
            "ldm r0!, {r9, r10, r11, r12}\n\t"
            "str r0, [sp, #8]\n\t"
            "cmp r5, #0\n\t"
            "beq 3f\n\t"
            "add r8, r7, r5, lsl #4\n\t"
            LAPEL_DSP_LOOP(LAPEL_DSP_QUAD_BLOCK)
            "3:\n\t"
            "ldr r6, [sp, #20]\n\t"
            "cbz r6, 4f\n\t"
            LAPEL_DSP_QUAD_BLOCK
            "4:\n\t"
            "ldr r0, [sp, #12]\n\t"
            "ldr r4, [lr, #24]\n\t"
            "ldm r0, {r1, r2, r3}\n\t"
            LAPEL_DSP_ROUNDINGS
            LAPEL_DSP_FINISH("r9", "r10")
            "ldr r0, [sp, #12]\n\t"
            "ldr r5, [lr, #12]\n\t"
            "add r0, r0, r5, lsl #2\n\t"
            "ldm r0, {r1, r2, r3}\n\t"
            "add r0, r0, r5, lsl #2\n\t"
            "str r0, [sp, #12]\n\t"
            LAPEL_DSP_ROUNDINGS
            LAPEL_DSP_FINISH("r11", "r12")
            "ldrd r0, r1, [sp]\n\t"
            "subs r1, r1, r0\n\t"
            "cmp r1, #4\n\t"
            "blt 5f\n\t"
            "strb r9, [r0], #1\n\t"
            "strb r10, [r0], #1\n\t"
            "strb r11, [r0], #1\n\t"
            "strb r12, [r0], #1\n\t"
            "str r0, [sp]\n\t"
            "bne 0b\n\t"
            "b 6f\n"
            "5:\n\t"
            "strb r9, [r0]\n\t"
            "cmp r1, #2\n\t"
            "blt 6f\n\t"
            "strb r10, [r0, #1]\n\t"
            "beq 6f\n\t"
            "strb r11, [r0, #2]\n"
            "6:\n\t"
            "add sp, #28\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

#else

/* acc[0] += a x, acc[1] += 256 b x + a x, for one word of a pair of channels. */
LAPEL_INLINE void lapel_dsp_both(int32_t *acc, int32_t w, uint32_t x)
{
    acc[0] = lapel_smlad(lapel_sxtb16((uint32_t)w), x, acc[0]);
    acc[1] = lapel_smlad((uint32_t)w, x, acc[1]);
}

/* out[0..1] = the outputs of a pair of channels. */
LAPEL_INLINE void lapel_dsp_outputs(int8_t *out, const int32_t *acc, const LAPEL_ROM int32_t *scale, int32_t offset)
{
    out[0] = lapel_dsp_finish(2 * acc[0], scale[0], offset, scale[2] & 255);
    out[1] = lapel_dsp_finish(lapel_dsp_second(acc[1], acc[0]), scale[1], offset, scale[2] >> 8);
}

LAPEL_NOINLINE void lapel_dsp_pairs(int8_t *y, int8_t *z, const uint32_t *x, const lapel_dsp_layer *l)
{
    const LAPEL_ROM int32_t *w = l->w;

    for (lapel_index o = 0; o < l->channels; o += 2) {
        const LAPEL_ROM int32_t *const scale = l->scale + o / 2 * l->scale_step;
        int32_t acc[4] = {l->bias[o], l->bias[o + 1], l->bias[o], l->bias[o + 1]};
        int8_t out[4];

        for (lapel_index k = 0; k < 4 * l->blocks; k += 4) {
            lapel_dsp_both(acc, w[0], x[k]);
            lapel_dsp_both(acc, w[1], x[k + 1]);
            lapel_dsp_both(acc + 2, w[0], x[k + 2]);
            lapel_dsp_both(acc + 2, w[1], x[k + 3]);
            w += 2;
        }
        lapel_dsp_outputs(out, acc, scale, l->offset);
        lapel_dsp_outputs(out + 2, acc + 2, scale, l->offset);
        for (lapel_index i = 0; i < 2 && o + i < l->channels; i++) {
            z[o + i] = out[2 + i];
            y[o + i] = out[i];
        }
    }
}

LAPEL_NOINLINE void lapel_dsp_quads(int8_t *y, const int8_t *x, const int8_t *tail, const lapel_dsp_layer *l)
{
    const LAPEL_ROM int32_t *w = l->w, *scale = l->scale;

    for (lapel_index o = 0; o < l->channels; o += 4) {
        int32_t acc[4] = {l->bias[o], l->bias[o + 1], l->bias[o + 2], l->bias[o + 3]};
        int8_t out[4];

        for (lapel_index k = 0; k < l->blocks + (tail != 0); k++) {
            const uint32_t word = lapel_read4(k < l->blocks ? x + 4 * k : tail);

            lapel_dsp_both(acc, w[0], lapel_sxtb16(word));
            lapel_dsp_both(acc, w[1], lapel_sxtb16_odd(word));
            lapel_dsp_both(acc + 2, w[2], lapel_sxtb16(word));
            lapel_dsp_both(acc + 2, w[3], lapel_sxtb16_odd(word));
            w += 4;
        }
        lapel_dsp_outputs(out, acc, scale, l->offset);
        scale += l->scale_step;
        lapel_dsp_outputs(out + 2, acc + 2, scale, l->offset);
        scale += l->scale_step;
        for (lapel_index i = 0; i < 4 && o + i < l->channels; i++) {
            y[o + i] = out[i];
        }
    }
}

#endif

/* Clamp what is clamped to int8 already; layers whose activation does more are rare. */
LAPEL_NOINLINE void lapel_dsp_clamp(int8_t *y, lapel_index count, int32_t lo, int32_t hi)
{
    for (; count > 0; count--) {
        *y = lapel_clamp(*y, lo, hi);
        y++;
    }
}

#endif
