/* Dot products on the DSP extension, and their requantization: shared by the dense layer and the convolution.
 *
 * Channels go in groups of four, two pairs of a and b. In the packed weights a half of a word is 256 b + a, so that its
 * low byte is a. One multiplication by the word itself sums 256 b x + a x, one by its extended low bytes a x; the
 * difference is 256 times the sum of b. That is one extension for two channels. A word holds k = 0 and 2 of four
 * neighbouring k (a block), the next one of the same pair k = 1 and 3, as SXTB16 has them.
 *
 * A group is four words of biases, then four words a block: k = 0 2 of the first pair, of the second, k = 1 3 of
 * both. */
#ifndef LAPEL_DSPDOT_H
#define LAPEL_DSPDOT_H

#include "dsp.h"

/* A layer. */
typedef struct {
    const LAPEL_ROM int32_t *w;     /* groups; biases of each pair: a, 256 b + a modulo 2^32 */
    const LAPEL_ROM int32_t *scale; /* of each group: four multipliers, and four drops of a byte each */
    lapel_index scale_step;         /* words from one group's scale to the next: 5, or 0 if per tensor */
    int32_t offset;                 /* 2 zero + 1 */
    lapel_index blocks;             /* of four k, >= 0 */
    lapel_index channels;           /* >= 1 */
    int32_t bytes;                  /* of lapel_dsp_pairs: 1 if x is int8, else 0 */
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

/* lapel_dsp_pairs: all channels of two neighbouring pixels, `channels` outputs to each of y and z. x: blocks of four
 * words, k = 0 2 of either pixel as int16, then k = 1 3, or of two words, k = 0 1 2 3 of either as int8; one block at
 * least. z is y where there is but one pixel, and is written first.
 * lapel_dsp_quads: all channels of one pixel: 4 * blocks values of int8 at x, then 4 more at `tail` if it is not 0. */

#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__)

/* Whole functions, because the inner loops leave no register for a compiler: GCC needs 1.6 times the instructions. */

LAPEL_ASSERT_AT(lapel_dsp_layer, w, 0);
LAPEL_ASSERT_AT(lapel_dsp_layer, scale, 4);
LAPEL_ASSERT_AT(lapel_dsp_layer, scale_step, 8);
LAPEL_ASSERT_AT(lapel_dsp_layer, offset, 12);
LAPEL_ASSERT_AT(lapel_dsp_layer, blocks, 16);
LAPEL_ASSERT_AT(lapel_dsp_layer, channels, 20);
LAPEL_ASSERT_AT(lapel_dsp_layer, bytes, 24);

/* One word in `w` of the weights of a pair times x: to a, b. */
#define LAPEL_DSP_ONE(w, x, a, b)                   \
    "smlad " b ", " w ", " x ", " b "\n\t"          \
    "sxtb16 " w ", " w "\n\t"                       \
    "smlad " a ", " w ", " x ", " a "\n\t"

/* The same for two pixels: x to a, b; u to c, d. */
#define LAPEL_DSP_TWO(w, x, a, b, u, c, d)          \
    "smlad " b ", " w ", " x ", " b "\n\t"          \
    "smlad " d ", " w ", " u ", " d "\n\t"          \
    "sxtb16 " w ", " w "\n\t"                       \
    "smlad " a ", " w ", " x ", " a "\n\t"          \
    "smlad " c ", " w ", " u ", " c "\n\t"

/* r4: x, r5: weights; r6-r9: sums of the first pixel, r10-r12 and lr of the second. `extend`: x in r0 and r1. */
#define LAPEL_DSP_PAIR_HALF(step, extend)                           \
    "ldrd r0, r1, [r4]" step "\n\t"                                 \
    "ldrd r2, r3, [r5], #8\n\t"                                     \
    extend                                                          \
    LAPEL_DSP_TWO("r2", "r0", "r6", "r7", "r1", "r10", "r11")       \
    LAPEL_DSP_TWO("r3", "r0", "r8", "r9", "r1", "r12", "lr")

#define LAPEL_DSP_PAIR_BLOCK LAPEL_DSP_PAIR_HALF(", #8", "") LAPEL_DSP_PAIR_HALF(", #8", "")

#define LAPEL_DSP_BYTES_BLOCK                                                                       \
    LAPEL_DSP_PAIR_HALF("", "sxtb16 r0, r0\n\tsxtb16 r1, r1\n\t")                                   \
    LAPEL_DSP_PAIR_HALF(", #8", "sxtb16 r0, r0, ror #8\n\tsxtb16 r1, r1, ror #8\n\t")

/* r6: x, r7: weights, r8: end of x; r9-r12: sums. */
#define LAPEL_DSP_QUAD_BLOCK                        \
    "ldr r5, [r6], #4\n\t"                          \
    "ldm r7!, {r0, r1, r2, r3}\n\t"                 \
    "sxtb16 r4, r5\n\t"                             \
    "sxtb16 r5, r5, ror #8\n\t"                     \
    LAPEL_DSP_ONE("r0", "r4", "r9", "r10")          \
    LAPEL_DSP_ONE("r2", "r5", "r9", "r10")          \
    LAPEL_DSP_ONE("r1", "r4", "r11", "r12")         \
    LAPEL_DSP_ONE("r3", "r5", "r11", "r12")

/* Four blocks a turn, from 1 to 5; the first turn is entered at 1 to 4 such that the others leave none. */
#define LAPEL_DSP_TURN(at, block) at "1:\n\t" block at "2:\n\t" block at "3:\n\t" block at "4:\n\t" block

/* From the sum of a channel to its output: lapel_dsp_finish. Uses t; `f`: the offset shifted by the drop n, lost. */
#define LAPEL_DSP_ROUND(acc, mul, n, f, t)          \
    "add " t ", " f ", " acc ", asr #31\n\t"        \
    "smmlar " acc ", " acc ", " mul ", " t "\n\t"   \
    "asr " acc ", " acc ", " n "\n\t"               \
    "ssat " acc ", #8, " acc ", asr #1\n\t"

/* Twice the sums: of a, and of b as lapel_dsp_second has it. */
#define LAPEL_DSP_TWICE(a, b)                       \
    "sub " b ", " b ", " a "\n\t"                   \
    "lsl " a ", " a ", #1\n\t"                      \
    "asr " b ", " b ", #7\n\t"

/* Channel c of a group, both pixels: r0: scale, r2: offset; uses r1, r3-r5. */
#define LAPEL_DSP_PAIR_FINISH(c, y, z)              \
    "ldr r3, [r0, #4 * " c "]\n\t"                  \
    "ldrb r4, [r0, #16 + " c "]\n\t"                \
    "lsl r5, r2, r4\n\t"                            \
    LAPEL_DSP_ROUND(y, "r3", "r4", "r5", "r1")      \
    LAPEL_DSP_ROUND(z, "r3", "r4", "r5", "r5")

LAPEL_DSP_NAKED void lapel_dsp_pairs(int8_t *y LAPEL_DSP_UNUSED, int8_t *z LAPEL_DSP_UNUSED,
                                     const uint32_t *x LAPEL_DSP_UNUSED, const lapel_dsp_layer *l LAPEL_DSP_UNUSED)
{
    /* [sp]: scale, its step, offset; 12: y, z, channels left; 24: x, entry: blocks modulo 4, 4 more if bytes;
     * 32: end of x, weights */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub sp, #40\n\t"
            "ldm r3, {r5, r6, r7, r8, r9, r10, r11}\n\t"
            "and r4, r9, #3\n\t"
            "add r4, r4, r11, lsl #2\n\t"
            "stm sp, {r6, r7, r8}\n\t"
            "strd r0, r1, [sp, #12]\n\t"
            "strd r10, r2, [sp, #20]\n\t"
            "lsl r9, r9, #4\n\t"
            "lsr r9, r9, r11\n\t"
            "add r2, r2, r9\n\t"
            "strd r4, r2, [sp, #28]\n\t"
            ".balign 4\n"
            "0:\n\t"
            "ldm r5!, {r6, r7, r8, r9}\n\t"
            "ldrd r4, r0, [sp, #24]\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "mov r12, r8\n\t"
            "mov lr, r9\n\t"
            "tbh [pc, r0, lsl #1]\n"
            "10:\n\t"
            ".short (11f - 10b) / 2, (14f - 10b) / 2, (13f - 10b) / 2, (12f - 10b) / 2\n\t"
            ".short (21f - 10b) / 2, (24f - 10b) / 2, (23f - 10b) / 2, (22f - 10b) / 2\n"
            LAPEL_DSP_TURN("2", LAPEL_DSP_BYTES_BLOCK)
            "ldr r0, [sp, #32]\n\t"
            "cmp r4, r0\n\t"
            "bne 21b\n\t"
            "b 5f\n\t"
            ".balign 4\n"
            LAPEL_DSP_TURN("1", LAPEL_DSP_PAIR_BLOCK)
            "ldr r0, [sp, #32]\n\t"
            "cmp r4, r0\n\t"
            "bne 11b\n"
            "5:\n\t"
            "str r5, [sp, #36]\n\t"
            "ldm sp, {r0, r1, r2}\n\t"
            "add r1, r0, r1, lsl #2\n\t"
            "str r1, [sp]\n\t"
            LAPEL_DSP_TWICE("r6", "r7")
            LAPEL_DSP_TWICE("r8", "r9")
            LAPEL_DSP_TWICE("r10", "r11")
            LAPEL_DSP_TWICE("r12", "lr")
            LAPEL_DSP_PAIR_FINISH("0", "r6", "r10")
            LAPEL_DSP_PAIR_FINISH("1", "r7", "r11")
            LAPEL_DSP_PAIR_FINISH("2", "r8", "r12")
            LAPEL_DSP_PAIR_FINISH("3", "r9", "lr")
            "ldr r0, [sp, #12]\n\t"
            "ldr r1, [sp, #16]\n\t"
            "ldr r2, [sp, #20]\n\t"
            "ldr r5, [sp, #36]\n\t"
            "strb r10, [r1], #1\n\t"
            "strb r6, [r0], #1\n\t"
            "subs r2, #4\n\t"
            "blt 3f\n\t"
            "strb r11, [r1], #1\n\t"
            "strb r12, [r1], #1\n\t"
            "strb lr, [r1], #1\n\t"
            "strb r7, [r0], #1\n\t"
            "strb r8, [r0], #1\n\t"
            "strb r9, [r0], #1\n\t"
            "str r2, [sp, #20]\n\t"
            "strd r0, r1, [sp, #12]\n\t"
            "bne 0b\n\t"
            "b 4f\n"
            "3:\n\t" /* -3, -2 or -1: 1, 2 or 3 channels */
            "adds r2, #2\n\t"
            "blt 4f\n\t"
            "strb r11, [r1]\n\t"
            "strb r7, [r0]\n\t"
            "beq 4f\n\t"
            "strb r12, [r1, #1]\n\t"
            "strb r8, [r0, #1]\n"
            "4:\n\t"
            "add sp, #40\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

/* Channel of which the drop is in r6: lr: offset; uses r0. */
#define LAPEL_DSP_QUAD_FINISH(acc, mul)             \
    "lsl r0, lr, r6\n\t"                            \
    LAPEL_DSP_ROUND(acc, mul, "r6", "r0", "r0")

LAPEL_DSP_NAKED void lapel_dsp_quads(int8_t *y LAPEL_DSP_UNUSED, const int8_t *x LAPEL_DSP_UNUSED,
                                     const int8_t *tail LAPEL_DSP_UNUSED, const lapel_dsp_layer *l LAPEL_DSP_UNUSED)
{
    /* [sp]: scale, its step; 8: y, channels left; 16: x, entry: blocks modulo 4, or 4 for none; 24: tail. lr: offset */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub sp, #28\n\t"
            "ldm r3, {r7, r8, r9, lr}\n\t"
            "ldrd r4, r5, [r3, #16]\n\t"
            "strd r8, r9, [sp]\n\t"
            "strd r0, r5, [sp, #8]\n\t"
            "add r8, r1, r4, lsl #2\n\t"
            "ands r0, r4, #3\n\t"
            "cmp r4, #0\n\t"
            "it eq\n\t"
            "moveq r0, #4\n\t"
            "strd r1, r0, [sp, #16]\n\t"
            "str r2, [sp, #24]\n\t"
            ".balign 4\n"
            "0:\n\t"
            "ldm r7!, {r9, r10, r11, r12}\n\t"
            "ldrd r6, r5, [sp, #16]\n\t"
            "tbb [pc, r5]\n"
            "10:\n\t"
            ".byte (11f - 10b) / 2, (14f - 10b) / 2, (13f - 10b) / 2, (12f - 10b) / 2\n\t"
            ".byte (5f - 10b) / 2, 0, 0, 0\n"
            LAPEL_DSP_TURN("1", LAPEL_DSP_QUAD_BLOCK)
            "cmp r6, r8\n\t"
            "bne 11b\n"
            "5:\n\t"
            "ldr r6, [sp, #24]\n\t"
            "cbz r6, 6f\n\t"
            LAPEL_DSP_QUAD_BLOCK
            "6:\n\t"
            "ldrd r0, r5, [sp]\n\t"
            "add r5, r0, r5, lsl #2\n\t"
            "str r5, [sp]\n\t"
            "ldm r0, {r1, r2, r3, r4, r5}\n\t"
            LAPEL_DSP_TWICE("r9", "r10")
            LAPEL_DSP_TWICE("r11", "r12")
            "uxtb r6, r5\n\t"
            LAPEL_DSP_QUAD_FINISH("r9", "r1")
            "ubfx r6, r5, #8, #8\n\t"
            LAPEL_DSP_QUAD_FINISH("r10", "r2")
            "ubfx r6, r5, #16, #8\n\t"
            LAPEL_DSP_QUAD_FINISH("r11", "r3")
            "lsrs r6, r5, #24\n\t"
            LAPEL_DSP_QUAD_FINISH("r12", "r4")
            "ldrd r0, r1, [sp, #8]\n\t"
            "strb r9, [r0], #1\n\t"
            "subs r1, #4\n\t"
            "blt 3f\n\t"
            "strb r10, [r0], #1\n\t"
            "strb r11, [r0], #1\n\t"
            "strb r12, [r0], #1\n\t"
            "strd r0, r1, [sp, #8]\n\t"
            "bne 0b\n\t"
            "b 4f\n"
            "3:\n\t" /* -3, -2 or -1: 1, 2 or 3 channels */
            "adds r1, #2\n\t"
            "blt 4f\n\t"
            "strb r10, [r0]\n\t"
            "beq 4f\n\t"
            "strb r11, [r0, #1]\n"
            "4:\n\t"
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

/* The sums of a group of channels and a block: x is k = 0 2, u is k = 1 3. */
LAPEL_INLINE void lapel_dsp_block(int32_t *acc, const LAPEL_ROM int32_t *w, uint32_t x, uint32_t u)
{
    lapel_dsp_both(acc, w[0], x);
    lapel_dsp_both(acc + 2, w[1], x);
    lapel_dsp_both(acc, w[2], u);
    lapel_dsp_both(acc + 2, w[3], u);
}

/* The first `count` outputs of a group of channels, four at most. */
LAPEL_INLINE void lapel_dsp_outputs(int8_t *y, lapel_index count, int32_t *acc, const LAPEL_ROM int32_t *scale,
                                    int32_t offset)
{
    for (lapel_index i = 0; i < 4 && i < count; i++) {
        const int32_t twice = i & 1 ? lapel_dsp_second(acc[i], acc[i - 1]) : 2 * acc[i];

        y[i] = lapel_dsp_finish(twice, scale[i], offset, scale[4] >> 8 * i & 255);
    }
}

LAPEL_NOINLINE void lapel_dsp_pairs(int8_t *y, int8_t *z, const uint32_t *x, const lapel_dsp_layer *l)
{
    const LAPEL_ROM int32_t *w = l->w, *scale = l->scale;

    for (lapel_index o = 0; o < l->channels; o += 4) {
        int32_t acc[8] = {w[0], w[1], w[2], w[3], w[0], w[1], w[2], w[3]};

        w += 4;
        for (lapel_index k = 0; k < l->blocks; k++) {
            for (lapel_index i = 0; i < 2; i++) {
                const uint32_t word = x[2 * k + i];

                if (l->bytes) {
                    lapel_dsp_block(acc + 4 * i, w, lapel_sxtb16(word), lapel_sxtb16_odd(word));
                } else {
                    lapel_dsp_block(acc + 4 * i, w, x[4 * k + i], x[4 * k + 2 + i]);
                }
            }
            w += 4;
        }
        lapel_dsp_outputs(z + o, (lapel_index)(l->channels - o), acc + 4, scale, l->offset);
        lapel_dsp_outputs(y + o, (lapel_index)(l->channels - o), acc, scale, l->offset);
        scale += l->scale_step;
    }
}

LAPEL_NOINLINE void lapel_dsp_quads(int8_t *y, const int8_t *x, const int8_t *tail, const lapel_dsp_layer *l)
{
    const LAPEL_ROM int32_t *w = l->w, *scale = l->scale;

    for (lapel_index o = 0; o < l->channels; o += 4) {
        int32_t acc[4] = {w[0], w[1], w[2], w[3]};

        w += 4;
        for (lapel_index k = 0; k < l->blocks + (tail != 0); k++) {
            const uint32_t word = lapel_read4(k < l->blocks ? x + 4 * k : tail);

            lapel_dsp_block(acc, w, lapel_sxtb16(word), lapel_sxtb16_odd(word));
            w += 4;
        }
        lapel_dsp_outputs(y + o, (lapel_index)(l->channels - o), acc, scale, l->offset);
        scale += l->scale_step;
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
