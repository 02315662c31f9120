#include "depthwise_dsp_strips.h"

/* A strip is what two rows of output (stride_h 1) or one (stride_h 2) see: four rows of x, as two pairs of rows. For
 * one channel, two or four, the pairs are spread into words of two 16-bit halves, the upper row in the lower half, so
 * that one instruction multiplies two taps; an outside cell is x_zero, whose product is in the bias. The strip below
 * shares one pair, so the pairs take turns in two slots. Nothing of x is read twice, so y may start where x does.
 *
 * Weights and bias are doubled: see dspscale.h. With a zero point of -128 (a rectifier) a negative accumulator gives
 * -128 anyway, so that its sign does not matter, and both roundings are one: of acc * mul + 2^30 + 2^(30 + right),
 * 31 + right bits are dropped. With weights and bias times 2^(13 - right) these are 44 bits for every channel, and the
 * shift of what is left of the upper word, by 12, is part of the saturating instruction. */

#define LAPEL_DEPTHWISE_DSP_STRIPS_SCALE 3 /* of a lane's pairs: mul, and what is added behind it */
#define LAPEL_DEPTHWISE_DSP_STRIPS_BIAS 4  /* bias, right */
#define LAPEL_DEPTHWISE_DSP_STRIPS_STEP 5  /* in y: to the next column; to the row below, 0 if that is outside y */
#define LAPEL_DEPTHWISE_DSP_STRIPS_HEAD 6  /* behind them its columns of x: even pair of rows, odd pair */
#define LAPEL_DEPTHWISE_DSP_STRIPS_PITCH(lanes) (LAPEL_DEPTHWISE_DSP_STRIPS_ROOM / (lanes)) /* from lane to lane */

/* The tile in work. */
typedef struct {
    lapel_words room[LAPEL_DEPTHWISE_DSP_STRIPS_ROOM]; /* lanes: (w0, w1) and (w1, w2) of 3 columns; the rest */
    const LAPEL_ROM lapel_depthwise_dsp_strips_params *p;
    const int8_t *x;     /* row 0 of the image, first column of the tile that is inside, first lane */
    lapel_index inside;  /* columns of the tile inside x */
    lapel_index before;  /* columns of the tile left of them */
    lapel_index row;     /* bytes of a row of x */
    lapel_index twos;    /* of the columns of the tile in y, as many pairs can be computed at once */
    lapel_index ones;    /* columns behind them */
    lapel_index skip;    /* lanes that have been computed already */
    lapel_index pitch;   /* from lane to lane */
    uint32_t zero;       /* 4 * x_zero: the cells outside */
} lapel_depthwise_dsp_strips_block;

/* Weights and output scaling of channel o. */
LAPEL_NOINLINE void lapel_depthwise_dsp_strips_load(lapel_words *l, lapel_index o,
                                                    const LAPEL_ROM lapel_depthwise_dsp_strips_params *p)
{
    const LAPEL_ROM int8_t *w = p->w + 9 * o;
    const int32_t right = p->right[o], up = p->fixed ? 13 - right : 1;

    for (int_fast8_t column = 0; column < 3; column++) {
        const uint32_t middle = (uint32_t)w[1] << up;

        l->word[0] = lapel_pkhbt((uint32_t)w[0] << up, middle);
        l->word[1] = lapel_pkhbt(middle, (uint32_t)w[2] << up);
        l++;
        w += 3;
    }
    l[0].word[0] = (uint32_t)p->mul[o];
    l[0].word[1] = lapel_dsp_behind(p->y_zero, right + up - 1) + (p->fixed ? (uint32_t)1 << (up - 2) : 0);
    l[1].word[0] = (uint32_t)p->bias[o] << up;
    l[1].word[1] = (uint32_t)right;
    l[2].word[0] = (uint32_t)p->channels;
    l[2].word[1] = (uint32_t)(p->out_w * p->channels);
}

/* Columns of one channel, n > 1, two at a time: *to, *u and *v move on. Returns how many of the n have been spread. */
#ifdef LAPEL_DSP_ARM

LAPEL_FORCE_INLINE lapel_index lapel_depthwise_dsp_strips_twos(uint32_t **to, const int8_t **u, const int8_t **v,
                                                               lapel_index n, lapel_index step)
{
    const uint32_t upper = (uint32_t)(uintptr_t)*u, lower = (uint32_t)(uintptr_t)*v;
    const lapel_index fast = n & ~(lapel_index)1;
    uint32_t a, b, c, d, at = (uint32_t)(fast * step);

    *u += at;
    *v += at;
    __asm__ volatile("rsb %[at], %[at], #0\n\t.balign 4\n1:\n\t"
                     "ldrsb %[a], [%[upper], %[at]]\n\tldrsb %[b], [%[lower], %[at]]\n\t"
                     "ldrsb %[c], [%[beside], %[at]]\n\tldrsb %[d], [%[under], %[at]]\n\t"
                     "adds %[at], %[at], %[step], lsl #1\n\tpkhbt %[a], %[a], %[b], lsl #16\n\t"
                     "pkhbt %[c], %[c], %[d], lsl #16\n\tstr %[a], [%[to]], #8\n\tstr %[c], [%[to]], #8\n\tbne 1b"
                     : [at] "+&r"(at), [to] "+&r"(*to), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d)
                     : [upper] "r"(upper + at), [lower] "r"(lower + at), [beside] "r"(upper + at + (uint32_t)step),
                       [under] "r"(lower + at + (uint32_t)step), [step] "r"(step)
                     : "cc", "memory");
    return fast;
}

#else

LAPEL_FORCE_INLINE lapel_index lapel_depthwise_dsp_strips_twos(uint32_t **to, const int8_t **u, const int8_t **v,
                                                               lapel_index n, lapel_index step)
{
    const lapel_index fast = n & ~(lapel_index)1;

    for (lapel_index k = 0; k < fast; k++) {
        **to = lapel_pkhbt((uint32_t)**u, (uint32_t)**v);
        *to += 2;
        *u += step;
        *v += step;
    }
    return fast;
}

#endif

/* One pair of rows of one channel: n columns from u and v on. The step of a row is 0 if it is outside. */
LAPEL_INLINE void lapel_depthwise_dsp_strips_one(uint32_t *to, const int8_t *u, const int8_t *v, lapel_index n,
                                                 lapel_index u_step, lapel_index v_step)
{
    lapel_index fast = 0;

    if (u_step == v_step && u_step != 0 && n > 1) {
        fast = lapel_depthwise_dsp_strips_twos(&to, &u, &v, n, u_step);
    }
    for (; fast < n; fast++) {
        *to = lapel_pkhbt((uint32_t)*u, (uint32_t)*v);
        to += 2;
        u += u_step;
        v += v_step;
    }
}

/* The same of two channels: one column, and n. */
LAPEL_INLINE void lapel_depthwise_dsp_strips_column(uint32_t *to, const int8_t *u, const int8_t *v)
{
    uint16_t upper, lower;
    uint32_t both;

    memcpy(&upper, u, 2);
    memcpy(&lower, v, 2);
    both = lapel_pkhbt(upper, lower);
    to[0] = lapel_sxtb16(both);
    to[2 * LAPEL_DEPTHWISE_DSP_STRIPS_PITCH(2)] = lapel_sxtb16_odd(both);
}

LAPEL_INLINE void lapel_depthwise_dsp_strips_two(uint32_t *to, const int8_t *u, const int8_t *v, lapel_index n,
                                                 lapel_index u_step, lapel_index v_step)
{
    if ((n & 1) != 0) {
        lapel_depthwise_dsp_strips_column(to, u, v);
        to += 2;
        u += u_step;
        v += v_step;
    }
    for (const uint32_t *const end = to + 2 * (n & ~(lapel_index)1); to != end; to += 4) {
        lapel_depthwise_dsp_strips_column(to, u, v);
        lapel_depthwise_dsp_strips_column(to + 2, u + u_step, v + v_step);
        u += 2 * u_step;
        v += 2 * v_step;
    }
}

/* The same of four channels. */
LAPEL_INLINE void lapel_depthwise_dsp_strips_four(uint32_t *to, const int8_t *u, const int8_t *v, lapel_index n,
                                                  lapel_index u_step, lapel_index v_step)
{
    for (const uint32_t *const end = to + 2 * n; to != end; to += 2) {
        const uint32_t upper = lapel_read4(u), lower = lapel_read4(v);
        const uint32_t low = lapel_pkhbt(upper, lower), high = lapel_pkhtb(lower, upper);

        to[0] = lapel_sxtb16(low);
        to[2 * LAPEL_DEPTHWISE_DSP_STRIPS_PITCH(4)] = lapel_sxtb16_odd(low);
        to[4 * LAPEL_DEPTHWISE_DSP_STRIPS_PITCH(4)] = lapel_sxtb16(high);
        to[6 * LAPEL_DEPTHWISE_DSP_STRIPS_PITCH(4)] = lapel_sxtb16_odd(high);
        u += u_step;
        v += v_step;
    }
}

/* Rows top and top + 1 of the tile into slot 0 or 1. */
LAPEL_INLINE void lapel_depthwise_dsp_strips_spread(lapel_depthwise_dsp_strips_block *b, lapel_index top,
                                                    int_fast8_t slot)
{
    const LAPEL_ROM lapel_depthwise_dsp_strips_params *p = b->p;
    const lapel_index u_step = top >= 0 && top < p->in_h ? p->channels : 0;
    const lapel_index v_step = top >= -1 && top < p->in_h - 1 ? p->channels : 0;
    const int8_t *const u = u_step != 0 ? b->x + top * b->row : (const int8_t *)&b->zero;
    const int8_t *const v = v_step != 0 ? b->x + (top + 1) * b->row : (const int8_t *)&b->zero;
    uint32_t *const to = &b->room[LAPEL_DEPTHWISE_DSP_STRIPS_HEAD + b->before].word[slot];

    if (p->lanes == 4) {
        lapel_depthwise_dsp_strips_four(to, u, v, b->inside, u_step, v_step);
    } else if (p->lanes == 2) {
        lapel_depthwise_dsp_strips_two(to, u, v, b->inside, u_step, v_step);
    } else {
        lapel_depthwise_dsp_strips_one(to, u, v, b->inside, u_step, v_step);
    }
}

/* Outputs of one column or two, in one row or two: their sums u and v, m and n, and what is stored for them. x: the
 * first column, from where it goes on to those of the next pair of columns, but of one column stays; l: the lane. v is
 * the sum below u, for which the weights meet the rows one further down; the lower output is stored first: if it is
 * outside y, the upper one overwrites it. shape: rows and columns as two digits. odd: the slot of the pair of rows 0, 1.
 * Returns where y goes on. */
#ifdef LAPEL_DSP_ARM

LAPEL_STATIC_ASSERT(8 * LAPEL_DEPTHWISE_DSP_STRIPS_SCALE == 24 && 8 * LAPEL_DEPTHWISE_DSP_STRIPS_BIAS + 4 == 36 &&
                        8 * LAPEL_DEPTHWISE_DSP_STRIPS_STEP == 40,
                    lapel_depthwise_dsp_strips_words);

/* One piece each, because compilers do not find room in the registers. s0, s1: registers of the two slots. */
#define LAPEL_STRIPS_X(at, s0, s1) "ldrd %[" s0 "], %[" s1 "], [%[x]" at "\n\t"
#define LAPEL_STRIPS_W(at) "ldrd %[w], %[z], [%[l], #" at "]\n\t"
#define LAPEL_STRIPS_U(u, from) "smlad %[" u "], %[a], %[w], %[" from "]\n\tsmlabt %[" u "], %[b], %[z], %[" u "]\n\t"
#define LAPEL_STRIPS_V(u, v, to_u, to_v)                                                            \
    "smlad %[" u "], %[a], %[w], %[" to_u "]\n\tsmlatb %[" v "], %[a], %[w], %[" to_v "]\n\t"       \
    "smlabt %[" u "], %[b], %[z], %[" u "]\n\tsmlad %[" v "], %[b], %[z], %[" v "]\n\t"
#define LAPEL_STRIPS_11(s0, s1)                                                                     \
    LAPEL_STRIPS_X("]", s0, s1) LAPEL_STRIPS_W("0") LAPEL_STRIPS_U("u", "bias")                     \
    LAPEL_STRIPS_X(", #8]", s0, s1) LAPEL_STRIPS_W("8") LAPEL_STRIPS_U("u", "u")                    \
    LAPEL_STRIPS_X(", #16]", s0, s1) LAPEL_STRIPS_W("16") LAPEL_STRIPS_U("u", "u")
#define LAPEL_STRIPS_12(s0, s1)                                                                     \
    LAPEL_STRIPS_X("]", s0, s1) LAPEL_STRIPS_W("0") LAPEL_STRIPS_U("u", "bias")                     \
    LAPEL_STRIPS_X(", #16]", s0, s1) LAPEL_STRIPS_U("m", "bias")                                    \
    LAPEL_STRIPS_W("16") LAPEL_STRIPS_U("u", "u")                                                   \
    LAPEL_STRIPS_X(", #32]!", s0, s1) LAPEL_STRIPS_U("m", "m")                                      \
    LAPEL_STRIPS_X(", #-24]", s0, s1) LAPEL_STRIPS_W("8") LAPEL_STRIPS_U("u", "u")                  \
    LAPEL_STRIPS_X(", #-8]", s0, s1) LAPEL_STRIPS_U("m", "m")
#define LAPEL_STRIPS_21(s0, s1)                                                                     \
    LAPEL_STRIPS_X("]", s0, s1) LAPEL_STRIPS_W("0") LAPEL_STRIPS_V("u", "v", "bias", "bias")        \
    LAPEL_STRIPS_X(", #8]", s0, s1) LAPEL_STRIPS_W("8") LAPEL_STRIPS_V("u", "v", "u", "v")          \
    LAPEL_STRIPS_X(", #16]", s0, s1) LAPEL_STRIPS_W("16") LAPEL_STRIPS_V("u", "v", "u", "v")
#define LAPEL_STRIPS_22(s0, s1)                                                                     \
    LAPEL_STRIPS_X("], #8", s0, s1) LAPEL_STRIPS_W("0") LAPEL_STRIPS_V("u", "v", "bias", "bias")    \
    LAPEL_STRIPS_X("], #8", s0, s1) LAPEL_STRIPS_V("m", "n", "bias", "bias")                        \
    LAPEL_STRIPS_W("8") LAPEL_STRIPS_V("u", "v", "u", "v")                                          \
    LAPEL_STRIPS_X("]", s0, s1) LAPEL_STRIPS_V("m", "n", "m", "n")                                  \
    LAPEL_STRIPS_W("16") LAPEL_STRIPS_V("u", "v", "u", "v")                                         \
    LAPEL_STRIPS_X(", #8]", s0, s1) LAPEL_STRIPS_V("m", "n", "m", "n")
/* mul and what is added into a and b, then the steps in y into w and z. */
#define LAPEL_STRIPS_FIXED(u) "smmla %[" u "], %[" u "], %[a], %[b]\n\tssat %[" u "], #8, %[" u "], asr #12\n\t"
#define LAPEL_STRIPS_ANY(u)                                                                         \
    "ldr %[z], [%[l], #36]\n\tadd %[w], %[b], %[" u "], asr #31\n\tsmmlar %[" u "], %[" u "], %[a], %[w]\n\t" \
    "asr %[" u "], %[" u "], %[z]\n\tssat %[" u "], #8, %[" u "]\n\t"
#define LAPEL_STRIPS_SCALE "ldrd %[a], %[b], [%[l], #24]\n\t"
#define LAPEL_STRIPS_PUT_U(u) "strb %[" u "], [%[y]]\n\tadd %[y], %[y], %[w]\n\t"
#define LAPEL_STRIPS_PUT_V(u, v) "strb %[" v "], [%[y], %[z]]\n\t" LAPEL_STRIPS_PUT_U(u)
#define LAPEL_STRIPS_DO_11(s0, s1, scale)                                                             \
    LAPEL_STRIPS_11(s0, s1) LAPEL_STRIPS_SCALE scale("u") LAPEL_STRIPS_W("40") LAPEL_STRIPS_PUT_U("u")
#define LAPEL_STRIPS_DO_12(s0, s1, scale)                                                             \
    LAPEL_STRIPS_12(s0, s1) LAPEL_STRIPS_SCALE scale("u") scale("m") LAPEL_STRIPS_W("40")             \
    LAPEL_STRIPS_PUT_U("u") LAPEL_STRIPS_PUT_U("m")
#define LAPEL_STRIPS_DO_21(s0, s1, scale)                                                             \
    LAPEL_STRIPS_21(s0, s1) LAPEL_STRIPS_SCALE scale("u") scale("v") LAPEL_STRIPS_W("40") LAPEL_STRIPS_PUT_V("u", "v")
#define LAPEL_STRIPS_DO_22(s0, s1, scale)                                                             \
    LAPEL_STRIPS_22(s0, s1) LAPEL_STRIPS_SCALE scale("u") scale("v") scale("m") scale("n") LAPEL_STRIPS_W("40") \
    LAPEL_STRIPS_PUT_V("u", "v") LAPEL_STRIPS_PUT_V("m", "n")
#define LAPEL_STRIPS_ASM(text)                                                                      \
    __asm__ volatile(text                                                                           \
                     : [y] "+&r"(y), [x] "+&r"(at), [u] "=&r"(u), [v] "=&r"(v), [m] "=&r"(m), [n] "=&r"(n), \
                       [a] "=&r"(a), [b] "=&r"(b), [w] "=&r"(w), [z] "=&r"(z)                       \
                     : [l] "r"(l), [bias] "r"(bias)                                                 \
                     : "memory")

LAPEL_FORCE_INLINE int8_t *lapel_depthwise_dsp_strips_of(int8_t *y, const lapel_words **x, const lapel_words *l,
                                                         uint32_t bias, int_fast8_t shape, int_fast8_t odd,
                                                         int_fast8_t fixed)
{
    const lapel_words *at = *x;
    uint32_t u, v, m, n, a, b, w, z;

    if (shape == 22 && odd) {
        LAPEL_STRIPS_ASM(LAPEL_STRIPS_DO_22("b", "a", LAPEL_STRIPS_FIXED));
    } else if (shape == 22) {
        LAPEL_STRIPS_ASM(LAPEL_STRIPS_DO_22("a", "b", LAPEL_STRIPS_FIXED));
    } else if (shape == 21 && !fixed) {
        LAPEL_STRIPS_ASM(LAPEL_STRIPS_DO_21("a", "b", LAPEL_STRIPS_ANY));
    } else if (shape == 21 && odd) {
        LAPEL_STRIPS_ASM(LAPEL_STRIPS_DO_21("b", "a", LAPEL_STRIPS_FIXED));
    } else if (shape == 21) {
        LAPEL_STRIPS_ASM(LAPEL_STRIPS_DO_21("a", "b", LAPEL_STRIPS_FIXED));
    } else if (shape == 12 && odd) {
        LAPEL_STRIPS_ASM(LAPEL_STRIPS_DO_12("b", "a", LAPEL_STRIPS_FIXED));
    } else if (shape == 12) {
        LAPEL_STRIPS_ASM(LAPEL_STRIPS_DO_12("a", "b", LAPEL_STRIPS_FIXED));
    } else if (!fixed) {
        LAPEL_STRIPS_ASM(LAPEL_STRIPS_DO_11("a", "b", LAPEL_STRIPS_ANY));
    } else if (odd) {
        LAPEL_STRIPS_ASM(LAPEL_STRIPS_DO_11("b", "a", LAPEL_STRIPS_FIXED));
    } else {
        LAPEL_STRIPS_ASM(LAPEL_STRIPS_DO_11("a", "b", LAPEL_STRIPS_FIXED));
    }
    *x = at;
    return y;
}

#else

LAPEL_NOINLINE int8_t *lapel_depthwise_dsp_strips_of(int8_t *y, const lapel_words **x, const lapel_words *l,
                                                     uint32_t bias, int_fast8_t shape, int_fast8_t odd,
                                                     int_fast8_t fixed)
{
    const lapel_words *at = *x;
    const uint32_t *const scale = l[LAPEL_DEPTHWISE_DSP_STRIPS_SCALE].word;
    const int32_t right = (int32_t)l[LAPEL_DEPTHWISE_DSP_STRIPS_BIAS].word[1];

    for (int_fast8_t i = 0; i < shape % 10; i++) {
        int32_t s[2] = {(int32_t)bias, (int32_t)bias};

        for (int_fast8_t k = 0; k < 3; k++) {
            const uint32_t a = at[k].word[odd], b = at[k].word[!odd];

            s[0] = lapel_smlabt(b, l[k].word[1], lapel_smlad(a, l[k].word[0], s[0]));
            s[1] = lapel_smlad(b, l[k].word[1], lapel_smlatb(a, l[k].word[0], s[1]));
        }
        for (int_fast8_t row = shape / 10 - 1; row >= 0; row--) {
            y[row * (lapel_index)l[LAPEL_DEPTHWISE_DSP_STRIPS_STEP].word[1]] =
                fixed ? (int8_t)lapel_ssat8_12(lapel_smmla(s[row], (int32_t)scale[0], (int32_t)scale[1]))
                      : lapel_dsp_scale(s[row], s[row], scale[0], scale[1], right);
        }
        y += l[LAPEL_DEPTHWISE_DSP_STRIPS_STEP].word[0];
        at += shape == 12 ? 2 : 1;
    }
    *x += shape == 22 ? 2 : shape == 12 ? 4 : 0;
    return y;
}

#endif

/* The tile's pixels of one strip. first: the first of them, of the first lane. one, pair: the shapes of a column and of
 * two at a time, if that is another; these and what follows are constants, for code of its own for each. */
LAPEL_FORCE_INLINE void lapel_depthwise_dsp_strips_part(int8_t *first, const lapel_depthwise_dsp_strips_block *b,
                                                        int_fast8_t one, int_fast8_t pair, int_fast8_t odd,
                                                        int_fast8_t fixed)
{
    const lapel_words *l = b->room + b->skip * b->pitch;

    first += b->skip;
    for (lapel_index lanes = b->p->lanes - b->skip; lanes > 0; lanes--) {
        const uint32_t bias = l[LAPEL_DEPTHWISE_DSP_STRIPS_BIAS].word[0];
        const lapel_words *x = l + LAPEL_DEPTHWISE_DSP_STRIPS_HEAD;
        int8_t *y = first;

        if (pair != one) {
            for (lapel_index twos = b->twos; twos != 0; twos--) {
                y = lapel_depthwise_dsp_strips_of(y, &x, l, bias, pair, odd, fixed);
            }
        }
        for (lapel_index ones = b->ones; ones != 0; ones--) {
            y = lapel_depthwise_dsp_strips_of(y, &x, l, bias, one, odd, fixed);
            x += b->p->stride_w;
        }
        first++;
        l += b->pitch;
    }
}

LAPEL_SHARED void lapel_depthwise_dsp_strips_two_even(int8_t *first, const lapel_depthwise_dsp_strips_block *b)
{
    lapel_depthwise_dsp_strips_part(first, b, 21, 22, 0, 1);
}

LAPEL_SHARED void lapel_depthwise_dsp_strips_two_odd(int8_t *first, const lapel_depthwise_dsp_strips_block *b)
{
    lapel_depthwise_dsp_strips_part(first, b, 21, 22, 1, 1);
}

LAPEL_SHARED void lapel_depthwise_dsp_strips_two_any(int8_t *first, const lapel_depthwise_dsp_strips_block *b)
{
    lapel_depthwise_dsp_strips_part(first, b, 21, 21, 0, 0);
}

LAPEL_SHARED void lapel_depthwise_dsp_strips_one_even(int8_t *first, const lapel_depthwise_dsp_strips_block *b)
{
    lapel_depthwise_dsp_strips_part(first, b, 11, 12, 0, 1);
}

LAPEL_SHARED void lapel_depthwise_dsp_strips_one_odd(int8_t *first, const lapel_depthwise_dsp_strips_block *b)
{
    lapel_depthwise_dsp_strips_part(first, b, 11, 12, 1, 1);
}

LAPEL_SHARED void lapel_depthwise_dsp_strips_one_any(int8_t *first, const lapel_depthwise_dsp_strips_block *b)
{
    lapel_depthwise_dsp_strips_part(first, b, 11, 11, 0, 0);
}

/* The pair in slot 1 into slot 0, of every lane: for the parts that are compiled for one turn only. */
LAPEL_NOINLINE void lapel_depthwise_dsp_strips_turn(lapel_depthwise_dsp_strips_block *b)
{
    const lapel_index width = (b->ones - 1) * b->p->stride_w + 3;
    lapel_words *x = b->room + LAPEL_DEPTHWISE_DSP_STRIPS_HEAD;

    for (lapel_index lane = b->p->lanes; lane > 0; lane--) {
        for (lapel_index i = 0; i < width; i++) {
            x[i].word[0] = x[i].word[1];
        }
        x += b->pitch;
    }
}

/* The strip whose lower pair of rows is in this slot; returns the slot for the pair below. */
LAPEL_INLINE int_fast8_t lapel_depthwise_dsp_strips_compute(lapel_depthwise_dsp_strips_block *b, int8_t *y,
                                                            int_fast8_t slot)
{
    if (!b->p->fixed) {
        if (b->p->stride_h == 1) {
            lapel_depthwise_dsp_strips_two_any(y, b);
        } else {
            lapel_depthwise_dsp_strips_one_any(y, b);
        }
        lapel_depthwise_dsp_strips_turn(b);
        return 1;
    }
    if (b->p->stride_h == 1 && slot == 1) {
        lapel_depthwise_dsp_strips_two_even(y, b);
    } else if (b->p->stride_h == 1) {
        lapel_depthwise_dsp_strips_two_odd(y, b);
    } else if (slot == 1) {
        lapel_depthwise_dsp_strips_one_even(y, b);
    } else {
        lapel_depthwise_dsp_strips_one_odd(y, b);
    }
    return !slot;
}

/* The tile, strip after strip. y: its first pixel, first lane. */
static void lapel_depthwise_dsp_strips_tile(lapel_depthwise_dsp_strips_block *b, int8_t *y)
{
    const LAPEL_ROM lapel_depthwise_dsp_strips_params *p = b->p;
    const int_fast8_t rows = p->stride_h == 1 ? 2 : 1;
    lapel_index top = -p->pad_top;
    int_fast8_t slot = 0;

    for (lapel_index left = p->out_h + rows; left > 0; left -= rows) {
        lapel_depthwise_dsp_strips_spread(b, top, slot);
        top += 2;
        if (left > p->out_h) {
            slot = 1;
            continue;
        }
        if (left < rows) {
            for (lapel_index lane = 0; lane < p->lanes; lane++) {
                b->room[lane * b->pitch + LAPEL_DEPTHWISE_DSP_STRIPS_STEP].word[1] = 0;
            }
        }
        slot = lapel_depthwise_dsp_strips_compute(b, y, slot);
        y += rows * p->out_w * p->channels;
    }
}

/* The tile from column j of y on, channels from o on: weights, and x_zero in all its columns. x: the image. */
static void lapel_depthwise_dsp_strips_start(lapel_depthwise_dsp_strips_block *b, const int8_t *x, lapel_index j,
                                             lapel_index o)
{
    const LAPEL_ROM lapel_depthwise_dsp_strips_params *p = b->p;
    const lapel_index columns = p->out_w - j < p->columns ? p->out_w - j : p->columns;
    const lapel_index width = (columns - 1) * p->stride_w + 3, left = j * p->stride_w - p->pad_left;
    const lapel_span inside = lapel_clip(left, width, 1, p->in_w);
    const uint32_t zero = (uint16_t)p->x_zero * (uint32_t)0x00010001;
    lapel_words *l = b->room;

    b->twos = p->fixed && p->stride_w == (p->stride_h == 1 ? 1 : 2) ? columns >> 1 : 0;
    b->ones = columns - 2 * b->twos;
    b->zero = (uint8_t)p->x_zero * (uint32_t)0x01010101;
    b->pitch = LAPEL_DEPTHWISE_DSP_STRIPS_PITCH(p->lanes);
    b->before = inside.first;
    b->inside = inside.end - inside.first;
    b->row = p->in_w * p->channels;
    b->x = inside.first == inside.end ? x : x + (left + inside.first) * p->channels + o;
    for (lapel_index lane = 0; lane < p->lanes; lane++) {
        lapel_depthwise_dsp_strips_load(l, o + lane, p);
        if (o == 0 || p->columns < p->out_w) { /* else they are x_zero still */
            for (lapel_index i = 0; i < width; i++) {
                l[LAPEL_DEPTHWISE_DSP_STRIPS_HEAD + i].word[0] = l[LAPEL_DEPTHWISE_DSP_STRIPS_HEAD + i].word[1] = zero;
            }
        }
        l += b->pitch;
    }
}

void lapel_depthwise_dsp_strips(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_dsp_strips_params *p)
{
    lapel_depthwise_dsp_strips_block b;

    b.p = p;
    for (lapel_index n = p->batches; n > 0; n--) {
        for (lapel_index done = 0; done < p->channels; done += p->lanes) {
            const lapel_index o = done > p->channels - p->lanes ? p->channels - p->lanes : done;

            b.skip = done - o;
            for (lapel_index j = 0; j < p->out_w; j += p->columns) {
                lapel_depthwise_dsp_strips_start(&b, x, j, o);
                lapel_depthwise_dsp_strips_tile(&b, y + (j * p->channels + o));
            }
        }
        x += p->in_h * p->in_w * p->channels;
        y += p->out_h * p->out_w * p->channels;
    }
}
