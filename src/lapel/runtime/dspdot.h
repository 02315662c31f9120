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
    lapel_index blocks;             /* of four k */
    lapel_index channels;           /* >= 1 */
    int32_t offset;                 /* 2 zero + 1 */
} lapel_dsp_layer;

/* zero + acc * mul * 2^(-drop - 32), rounded twice, clamped to int8. twice: 2 acc, in int32; mul >= 0; drop: 0..21.
 * The first rounding is that of SMMLAR. The second one's halves go away from zero: up, less one if negative; for acc
 * < 0 whose product rounds to 0 that makes no difference. */
LAPEL_INLINE int8_t lapel_dsp_finish(int32_t twice, int32_t mul, int32_t offset, int32_t drop)
{
    const int32_t rounded = lapel_smmlar(twice, mul, (offset << drop) + (twice >> 31));

    return (int8_t)lapel_ssat8_half(rounded >> drop);
}

/* Twice the sum of channel b of a pair, from both sums. */
LAPEL_INLINE int32_t lapel_dsp_second(int32_t both, int32_t a)
{
    return (int32_t)((uint32_t)both - (uint32_t)a) >> 7;
}

#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__)

/* One block: words w0 (k = 0, 2) and w1 (k = 1, 3) of a pair of channels, of pixels x and z. */
#define LAPEL_DSP_PAIR_BLOCK               \
    "ldrd %[w0], %[w1], [%[w]], #8\n\t"    \
    "ldm %[x]!, {r2, r3, r4, r5}\n\t"      \
    "smlad %[b], %[w0], r2, %[b]\n\t"      \
    "smlad %[d], %[w0], r4, %[d]\n\t"      \
    "sxtb16 %[w0], %[w0]\n\t"              \
    "smlad %[a], %[w0], r2, %[a]\n\t"      \
    "smlad %[c], %[w0], r4, %[c]\n\t"      \
    "smlad %[b], %[w1], r3, %[b]\n\t"      \
    "smlad %[d], %[w1], r5, %[d]\n\t"      \
    "sxtb16 %[w1], %[w1]\n\t"              \
    "smlad %[a], %[w1], r3, %[a]\n\t"      \
    "smlad %[c], %[w1], r5, %[c]\n\t"

/* acc[0..1] += the two sums of a pair of channels for one pixel, acc[2..3] for its neighbour. x: words of both pixels,
 * as int16; w to end: the weights, at least one block. Returns end. */
LAPEL_INLINE const LAPEL_ROM int32_t *lapel_dsp_pair(int32_t *acc, const uint32_t *x, const LAPEL_ROM int32_t *w,
                                                     const LAPEL_ROM int32_t *end)
{
    uint32_t w0, w1;

    __asm__("sub %[w0], %[end], %[w]\n\t"
            "lsls %[w0], %[w0], #28\n\t"
            "bmi 2f\n"
            "1:\n\t" LAPEL_DSP_PAIR_BLOCK "2:\n\t" LAPEL_DSP_PAIR_BLOCK "cmp %[w], %[end]\n\t"
            "bne 1b"
            : [a] "+r"(acc[0]), [b] "+r"(acc[1]), [c] "+r"(acc[2]), [d] "+r"(acc[3]), [x] "+r"(x), [w] "+r"(w),
              [w0] "=&r"(w0), [w1] "=&r"(w1)
            : [end] "r"(end)
            : "r2", "r3", "r4", "r5", "cc", "memory");
    return w;
}

#define LAPEL_DSP_QUAD_HALF(w, x, a, b)            \
    "smlad %[" b "], " w ", %[" x "], %[" b "]\n\t" \
    "sxtb16 " w ", " w "\n\t"                      \
    "smlad %[" a "], " w ", %[" x "], %[" a "]\n\t"
#define LAPEL_DSP_QUAD_BLOCK              \
    "ldr %[x1], [%[x]], #4\n\t"           \
    "ldm %[w]!, {r2, r3, r4, r5}\n\t"     \
    "sxtb16 %[x0], %[x1]\n\t"             \
    "sxtb16 %[x1], %[x1], ror #8\n\t"     \
    LAPEL_DSP_QUAD_HALF("r2", "x0", "a", "b") \
    LAPEL_DSP_QUAD_HALF("r3", "x1", "a", "b") \
    LAPEL_DSP_QUAD_HALF("r4", "x0", "c", "d") \
    LAPEL_DSP_QUAD_HALF("r5", "x1", "c", "d")

/* acc[0..3] += the sums of two pairs of channels for one pixel, whose x are int8. */
LAPEL_INLINE const LAPEL_ROM int32_t *lapel_dsp_quad(int32_t *acc, const int8_t *x, const LAPEL_ROM int32_t *w,
                                                     const LAPEL_ROM int32_t *end)
{
    uint32_t x0, x1;

    __asm__("sub %[x0], %[end], %[w]\n\t"
            "lsls %[x0], %[x0], #27\n\t"
            "bmi 2f\n"
            "1:\n\t" LAPEL_DSP_QUAD_BLOCK "2:\n\t" LAPEL_DSP_QUAD_BLOCK "cmp %[w], %[end]\n\t"
            "bne 1b"
            : [a] "+r"(acc[0]), [b] "+r"(acc[1]), [c] "+r"(acc[2]), [d] "+r"(acc[3]), [x] "+r"(x), [w] "+r"(w),
              [x0] "=&r"(x0), [x1] "=&r"(x1)
            : [end] "r"(end)
            : "r2", "r3", "r4", "r5", "cc", "memory");
    return w;
}

#else

/* acc[0] += a x, acc[1] += 256 b x + a x, for one word of a pair of channels. */
LAPEL_INLINE void lapel_dsp_both(int32_t *acc, int32_t w, uint32_t x)
{
    acc[0] = lapel_smlad(lapel_sxtb16((uint32_t)w), x, acc[0]);
    acc[1] = lapel_smlad((uint32_t)w, x, acc[1]);
}

LAPEL_INLINE const LAPEL_ROM int32_t *lapel_dsp_pair(int32_t *acc, const uint32_t *x, const LAPEL_ROM int32_t *w,
                                                     const LAPEL_ROM int32_t *end)
{
    for (; w != end; w += 2) {
        lapel_dsp_both(acc, w[0], x[0]);
        lapel_dsp_both(acc, w[1], x[1]);
        lapel_dsp_both(acc + 2, w[0], x[2]);
        lapel_dsp_both(acc + 2, w[1], x[3]);
        x += 4;
    }
    return w;
}

LAPEL_INLINE const LAPEL_ROM int32_t *lapel_dsp_quad(int32_t *acc, const int8_t *x, const LAPEL_ROM int32_t *w,
                                                     const LAPEL_ROM int32_t *end)
{
    for (; w != end; w += 4) {
        const uint32_t word = lapel_read4(x);

        lapel_dsp_both(acc, w[0], lapel_sxtb16(word));
        lapel_dsp_both(acc, w[1], lapel_sxtb16_odd(word));
        lapel_dsp_both(acc + 2, w[2], lapel_sxtb16(word));
        lapel_dsp_both(acc + 2, w[3], lapel_sxtb16_odd(word));
        x += 4;
    }
    return w;
}

#endif

/* All channels of one pixel, four at a time: x has 4 * blocks values, then 4 more at `tail` if it is not 0. Weights
 * and tables are padded to a multiple of four channels. */
LAPEL_NOINLINE void lapel_dsp_quads(int8_t *y, const int8_t *x, const int8_t *tail, const lapel_dsp_layer *l)
{
    const LAPEL_ROM int32_t *w = l->w, *bias = l->bias, *scale = l->scale;
    lapel_index left = l->channels;

    for (;;) {
        int32_t acc[4] = {bias[0], bias[1], bias[2], bias[3]};
        const LAPEL_ROM int32_t *second = scale + l->scale_step;
        int8_t out[4];

        if (l->blocks > 0) {
            w = lapel_dsp_quad(acc, x, w, w + 4 * l->blocks);
        }
        if (tail != 0) {
            w = lapel_dsp_quad(acc, tail, w, w + 4);
        }
        acc[1] = lapel_dsp_second(acc[1], acc[0]);
        acc[3] = lapel_dsp_second(acc[3], acc[2]);
        out[0] = lapel_dsp_finish(2 * acc[0], scale[0], l->offset, scale[2] & 255);
        out[1] = lapel_dsp_finish(acc[1], scale[1], l->offset, scale[2] >> 8);
        out[2] = lapel_dsp_finish(2 * acc[2], second[0], l->offset, second[2] & 255);
        out[3] = lapel_dsp_finish(acc[3], second[1], l->offset, second[2] >> 8);
        if (left <= 4) {
            for (lapel_index i = 0; i < left; i++) {
                y[i] = out[i];
            }
            return;
        }
        y[0] = out[0];
        y[1] = out[1];
        y[2] = out[2];
        y[3] = out[3];
        y += 4;
        left = (lapel_index)(left - 4);
        bias += 4;
        scale = second + l->scale_step;
    }
}

/* Clamp what is clamped to int8 already; layers whose activation does more are rare. */
LAPEL_NOINLINE void lapel_dsp_clamp(int8_t *y, lapel_index count, int32_t lo, int32_t hi)
{
    for (; count > 0; count--) {
        *y = lapel_clamp(*y, lo, hi);
        y++;
    }
}

#endif
