/* Dot products of int16 values and int8 weights on the DSP extension, shared by the dense layer and the convolution.
 *
 * Weights of two channels a and b are packed side by side: for each block of four k a word of a, then one of b. The bytes
 * of a word are k = 0, 2, 1, 3, so that SXTB16 makes k = 0 1 of them, and k = 2 3 rotated: two neighbours of x each. The
 * last block of a row is filled up with zeros. Sums are in 32 bits: layers that could need more are not taken. */
#ifndef LAPEL_DSP16_H
#define LAPEL_DSP16_H

#include "dsp.h"

/* `rows` runs of values, contiguous in x, with a gap between one run and the next. */
typedef struct {
    lapel_index rows;
    lapel_index blocks; /* of four values in a run */
    lapel_index rest;   /* values in a run beyond them: 0..3 */
    lapel_index x_skip; /* values from the end of a run to the start of the next */
    lapel_index w_skip; /* words */
} lapel_dsp16_runs;

/* What finishes sums (SPEC 2.4, `reduced`): acc * mul * 2^(-drop - 33), halves up, clamped. */
typedef struct {
    const LAPEL_ROM int32_t *mul; /* of channel 0 */
    const LAPEL_ROM int8_t *drop; /* as mul; 0..13 */
    int8_t step;                  /* 1, or 0 if per tensor */
    int8_t clamped;               /* 1: lo..hi is less than int16 */
    int16_t lo;                   /* lo <= hi */
    int16_t hi;
} lapel_dsp16_output;

#ifdef LAPEL_DSP_ARM

/* a >> 1 clamped to int16. */
LAPEL_INLINE int32_t lapel_dsp16_saturate(int32_t a)
{
    int32_t r;

    __asm__("ssat %0, #16, %1, asr #1" : "=r"(r) : "r"(a));
    return r;
}

#else

LAPEL_INLINE int32_t lapel_dsp16_saturate(int32_t a)
{
    return lapel_clamp16(a >> 1, INT16_MIN, INT16_MAX);
}

#endif

LAPEL_INLINE int16_t lapel_dsp16_finish(int32_t acc, lapel_index channel, const lapel_dsp16_output *f)
{
    const lapel_index at = f->step != 0 ? channel : 0;
    const int_fast8_t drop = f->drop[at];
    const int32_t v = lapel_dsp16_saturate(lapel_smmla(acc, f->mul[at], (int32_t)1 << drop) >> drop);

    return f->clamped ? lapel_clamp16(v, f->lo, f->hi) : (int16_t)v;
}

/* Channels o and, if count is 2, o + 1 of one pixel, from acc[0] and acc[1]. */
LAPEL_INLINE void lapel_dsp16_store(int16_t *y, const int32_t *acc, lapel_index o, lapel_index count,
                                    const lapel_dsp16_output *f)
{
    const int16_t first = lapel_dsp16_finish(acc[0], o, f);

    if (count > 1) {
        y[1] = lapel_dsp16_finish(acc[1], o + 1, f);
    }
    y[0] = first;
}

/* The first `count` (1..3) of four values; zeros beyond. */
LAPEL_INLINE void lapel_dsp16_tail(uint32_t *first, uint32_t *second, const int16_t *x, lapel_index count)
{
    *first = count > 1 ? lapel_read4(x) : (uint16_t)x[0];
    *second = count > 2 ? (uint16_t)x[2] : 0u;
}

/* Sums of channels a and b over two pixels x and u, and how far they are. */
typedef struct {
    int32_t ax;
    int32_t bx;
    int32_t au;
    int32_t bu;
    const int16_t *x;
    const int16_t *u;
    const LAPEL_ROM uint32_t *w;
} lapel_dsp16_sums;

/* Half a block, of words x, u and the extended weights a, b. */
LAPEL_INLINE void lapel_dsp16_half(lapel_dsp16_sums *s, uint32_t x, uint32_t u, uint32_t a, uint32_t b)
{
    s->ax = lapel_smlad(x, a, s->ax);
    s->au = lapel_smlad(u, a, s->au);
    s->bx = lapel_smlad(x, b, s->bx);
    s->bu = lapel_smlad(u, b, s->bu);
}

#ifdef LAPEL_DSP_ASM

/* One block: sixteen multiplications. In C the addresses would cost instructions of their own. */
LAPEL_INLINE void lapel_dsp16_block(lapel_dsp16_sums *s)
{
    uint32_t x, u, a, b, w;

    __asm__("ldrd %[a], %[b], [%[wp]], #8\n\t"
            "ldr %[x], [%[xp]], #4\n\t"
            "ldr %[u], [%[up]], #4\n\t"
            "sxtb16 %[w], %[a]\n\t"
            "smlad %[ax], %[x], %[w], %[ax]\n\t"
            "smlad %[au], %[u], %[w], %[au]\n\t"
            "sxtb16 %[w], %[b]\n\t"
            "smlad %[bx], %[x], %[w], %[bx]\n\t"
            "smlad %[bu], %[u], %[w], %[bu]\n\t"
            "ldr %[x], [%[xp]], #4\n\t"
            "ldr %[u], [%[up]], #4\n\t"
            "sxtb16 %[a], %[a], ror #8\n\t"
            "smlad %[ax], %[x], %[a], %[ax]\n\t"
            "smlad %[au], %[u], %[a], %[au]\n\t"
            "sxtb16 %[b], %[b], ror #8\n\t"
            "smlad %[bx], %[x], %[b], %[bx]\n\t"
            "smlad %[bu], %[u], %[b], %[bu]"
            : [ax] "+&r"(s->ax), [bx] "+&r"(s->bx), [au] "+&r"(s->au), [bu] "+&r"(s->bu), [xp] "+&r"(s->x), [up] "+&r"(s->u),
              [wp] "+&r"(s->w), [x] "=&r"(x), [u] "=&r"(u), [a] "=&r"(a), [b] "=&r"(b), [w] "=&r"(w)
            :
            : "memory");
}

#else

LAPEL_INLINE void lapel_dsp16_block(lapel_dsp16_sums *s)
{
    const uint32_t a = s->w[0], b = s->w[1];

    lapel_dsp16_half(s, lapel_read4(s->x), lapel_read4(s->u), lapel_sxtb16(a), lapel_sxtb16(b));
    lapel_dsp16_half(s, lapel_read4(s->x + 2), lapel_read4(s->u + 2), lapel_sxtb16_odd(a), lapel_sxtb16_odd(b));
    s->x += 4;
    s->u += 4;
    s->w += 2;
}

#endif

/* Two channels of two pixels: acc[0], acc[1] of x and acc[2], acc[3] of u. w: the words of both channels. */
LAPEL_NOINLINE void lapel_dsp16_pixels(int32_t *acc, const int16_t *x, const int16_t *u, const LAPEL_ROM uint32_t *w,
                                       const lapel_dsp16_runs *r)
{
    lapel_dsp16_sums s = {acc[0], acc[1], acc[2], acc[3], x, u, w};

    for (lapel_index row = r->rows; row > 0; row--) {
        if ((r->blocks & 1) != 0) {
            lapel_dsp16_block(&s);
        }
        for (lapel_index n = r->blocks >> 1; n > 0; n--) {
            lapel_dsp16_block(&s);
            lapel_dsp16_block(&s);
        }
        if (r->rest > 0) {
            uint32_t x01, x23, u01, u23;

            lapel_dsp16_tail(&x01, &x23, s.x, r->rest);
            lapel_dsp16_tail(&u01, &u23, s.u, r->rest);
            lapel_dsp16_half(&s, x01, u01, lapel_sxtb16(s.w[0]), lapel_sxtb16(s.w[1]));
            lapel_dsp16_half(&s, x23, u23, lapel_sxtb16_odd(s.w[0]), lapel_sxtb16_odd(s.w[1]));
            s.x += r->rest;
            s.u += r->rest;
            s.w += 2;
        }
        s.x += r->x_skip;
        s.u += r->x_skip;
        s.w += r->w_skip;
    }
    acc[0] = s.ax;
    acc[1] = s.bx;
    acc[2] = s.au;
    acc[3] = s.bu;
}

/* Sums of four channels over one pixel, and how far it is. */
typedef struct {
    int32_t sum[4];
    const int16_t *x;
    const LAPEL_ROM uint32_t *w; /* of the first two channels */
    const LAPEL_ROM uint32_t *v; /* of the others */
} lapel_dsp16_quads;

/* A block of two channels, the weights of one word each, and of x. */
LAPEL_INLINE void lapel_dsp16_words(int32_t *sum, uint32_t x01, uint32_t x23, const LAPEL_ROM uint32_t *w)
{
    sum[0] = lapel_smlad(x23, lapel_sxtb16_odd(w[0]), lapel_smlad(x01, lapel_sxtb16(w[0]), sum[0]));
    sum[1] = lapel_smlad(x23, lapel_sxtb16_odd(w[1]), lapel_smlad(x01, lapel_sxtb16(w[1]), sum[1]));
}

#ifdef LAPEL_DSP_ASM

/* One block: sixteen multiplications. */
LAPEL_INLINE void lapel_dsp16_quad_block(lapel_dsp16_quads *s)
{
    uint32_t x, u, a, b, w;

    __asm__("ldr %[x], [%[xp]], #4\n\t"
            "ldr %[u], [%[xp]], #4\n\t"
            "ldrd %[a], %[b], [%[wp]], #8\n\t"
            "sxtb16 %[w], %[a]\n\t"
            "smlad %[s0], %[x], %[w], %[s0]\n\t"
            "sxtb16 %[a], %[a], ror #8\n\t"
            "smlad %[s0], %[u], %[a], %[s0]\n\t"
            "sxtb16 %[w], %[b]\n\t"
            "smlad %[s1], %[x], %[w], %[s1]\n\t"
            "sxtb16 %[b], %[b], ror #8\n\t"
            "smlad %[s1], %[u], %[b], %[s1]\n\t"
            "ldrd %[a], %[b], [%[vp]], #8\n\t"
            "sxtb16 %[w], %[a]\n\t"
            "smlad %[s2], %[x], %[w], %[s2]\n\t"
            "sxtb16 %[a], %[a], ror #8\n\t"
            "smlad %[s2], %[u], %[a], %[s2]\n\t"
            "sxtb16 %[w], %[b]\n\t"
            "smlad %[s3], %[x], %[w], %[s3]\n\t"
            "sxtb16 %[b], %[b], ror #8\n\t"
            "smlad %[s3], %[u], %[b], %[s3]"
            : [s0] "+&r"(s->sum[0]), [s1] "+&r"(s->sum[1]), [s2] "+&r"(s->sum[2]), [s3] "+&r"(s->sum[3]), [xp] "+&r"(s->x),
              [wp] "+&r"(s->w), [vp] "+&r"(s->v), [x] "=&r"(x), [u] "=&r"(u), [a] "=&r"(a), [b] "=&r"(b), [w] "=&r"(w)
            :
            : "memory");
}

#else

LAPEL_INLINE void lapel_dsp16_quad_block(lapel_dsp16_quads *s)
{
    const uint32_t x01 = lapel_read4(s->x), x23 = lapel_read4(s->x + 2);

    lapel_dsp16_words(s->sum, x01, x23, s->w);
    lapel_dsp16_words(s->sum + 2, x01, x23, s->v);
    s->x += 4;
    s->w += 2;
    s->v += 2;
}

#endif

/* Four channels of one pixel: acc[0..3]. w, v: the words of two channels each. */
LAPEL_NOINLINE void lapel_dsp16_quad(int32_t *acc, const int16_t *x, const LAPEL_ROM uint32_t *w,
                                     const LAPEL_ROM uint32_t *v, const lapel_dsp16_runs *r)
{
    lapel_dsp16_quads s = {{acc[0], acc[1], acc[2], acc[3]}, x, w, v};

    for (lapel_index row = r->rows; row > 0; row--) {
        for (lapel_index n = r->blocks; n > 0; n--) {
            lapel_dsp16_quad_block(&s);
        }
        if (r->rest > 0) {
            uint32_t x01, x23;

            lapel_dsp16_tail(&x01, &x23, s.x, r->rest);
            lapel_dsp16_words(s.sum, x01, x23, s.w);
            lapel_dsp16_words(s.sum + 2, x01, x23, s.v);
            s.x += r->rest;
            s.w += 2;
            s.v += 2;
        }
        s.x += r->x_skip;
        s.w += r->w_skip;
        s.v += r->w_skip;
    }
    for (int_fast8_t i = 0; i < 4; i++) {
        acc[i] = s.sum[i];
    }
}

#endif
