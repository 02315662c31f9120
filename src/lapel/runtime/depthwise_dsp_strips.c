#include "depthwise_dsp_strips.h"

/* A strip is what two rows of output (stride_h 1) or one (stride_h 2) see: four rows of x, as two pairs of rows. For
 * one channel or four, the pairs are spread into words of two 16-bit halves, the upper row in the lower half, so that
 * one instruction multiplies two taps; an outside cell is x_zero, whose product is in the bias. The strip below shares
 * one pair, so the pairs take turns in two slots. Nothing of x is read twice: a channel may be computed in place.
 *
 * Weights and bias are doubled: see dspscale.h. With a zero point of -128 (a rectifier) a negative accumulator gives
 * -128 anyway, so that its sign does not matter, and both roundings are one: of acc * mul + 2^30 + 2^(30 + right),
 * 31 + right bits are dropped. With weights and bias times 2^(13 - right) these are 44 bits for every channel, and the
 * shift of what is left of the upper word, by 12, is part of the saturating instruction. */

#define LAPEL_DEPTHWISE_DSP_STRIPS_SCALE 3 /* of a lane's pairs: mul, and what is added behind it */
#define LAPEL_DEPTHWISE_DSP_STRIPS_BIAS 4  /* bias, right */
#define LAPEL_DEPTHWISE_DSP_STRIPS_HEAD 5  /* behind them its columns of x: even pair of rows, odd pair */
#define LAPEL_DEPTHWISE_DSP_STRIPS_PITCH 14 /* from lane to lane */

/* The tile and strip in work. */
typedef struct {
    lapel_words room[LAPEL_DEPTHWISE_DSP_STRIPS_ROOM]; /* lane after lane: (w0, w1) and (w1, w2) of 3 columns; the rest */
    const LAPEL_ROM lapel_depthwise_dsp_strips_params *p;
    lapel_index skip;    /* lanes that have been computed already */
    lapel_index columns; /* of the tile, in y */
    lapel_index y_below; /* from the strip's first row to its second; 0 if that is outside y */
    lapel_index left;    /* the tile's first column of x, may be outside */
    lapel_span inside;   /* of its columns */
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
}

/* Cells outside x: of the words at[0], at[2], …, `words` of them, keep those bits and set these. */
LAPEL_NOINLINE void lapel_depthwise_dsp_strips_fill(uint32_t *at, lapel_index words, uint32_t keep, uint32_t set)
{
    for (; words > 0; words--) {
        *at = (*at & keep) | set;
        at += 2;
    }
}

/* One pair of rows of one channel: n columns. x: the upper row; below: from there to the lower one. */
LAPEL_INLINE void lapel_depthwise_dsp_strips_one(uint32_t *to, const int8_t *x, lapel_index n, lapel_index step,
                                                 lapel_index below)
{
    const lapel_index across = step + below;

    if ((n & 1) != 0) {
        to[0] = lapel_pkhbt((uint32_t)x[0], (uint32_t)x[below]);
        to += 2;
        x += step;
    }
    for (const uint32_t *const end = to + 2 * (n & ~(lapel_index)1); to != end; to += 4) {
        to[0] = lapel_pkhbt((uint32_t)x[0], (uint32_t)x[below]);
        to[2] = lapel_pkhbt((uint32_t)x[step], (uint32_t)x[across]);
        x += 2 * step;
    }
}

/* The same of four channels. */
LAPEL_INLINE void lapel_depthwise_dsp_strips_four(uint32_t *to, const int8_t *x, lapel_index n, lapel_index step,
                                                  lapel_index below)
{
    for (const uint32_t *const end = to + 2 * n; to != end; to += 2) {
        const uint32_t u = lapel_read4(x), v = lapel_read4(x + below);
        const uint32_t low = lapel_pkhbt(u, v), high = lapel_pkhtb(v, u);

        to[0] = lapel_sxtb16(low);
        to[2 * LAPEL_DEPTHWISE_DSP_STRIPS_PITCH] = lapel_sxtb16_odd(low);
        to[4 * LAPEL_DEPTHWISE_DSP_STRIPS_PITCH] = lapel_sxtb16(high);
        to[6 * LAPEL_DEPTHWISE_DSP_STRIPS_PITCH] = lapel_sxtb16_odd(high);
        x += step;
    }
}

/* Rows top and top + 1 of the tile into slot 0 or 1. x: image, first lane. */
LAPEL_NOINLINE void lapel_depthwise_dsp_strips_spread(lapel_depthwise_dsp_strips_block *b, const int8_t *x,
                                                      lapel_index top, int_fast8_t slot)
{
    const LAPEL_ROM lapel_depthwise_dsp_strips_params *p = b->p;
    const lapel_index last = p->in_h - 1, n = b->inside.end - b->inside.first, step = p->channels;
    const lapel_index upper = top < 0 ? 0 : top > last ? last : top;
    const lapel_index lower = top < -1 ? 0 : top >= last ? last : top + 1;
    const lapel_index below = (lower - upper) * p->in_w * step;
    uint32_t *to = &b->room[LAPEL_DEPTHWISE_DSP_STRIPS_HEAD + b->inside.first].word[slot];

    if (n > 0) {
        x += (upper * p->in_w + b->left + b->inside.first) * step;
        if (p->lanes == 4) {
            lapel_depthwise_dsp_strips_four(to, x, n, step, below);
        } else {
            lapel_depthwise_dsp_strips_one(to, x, n, step, below);
        }
    }
    if (top != upper || top + 1 != lower) {
        const uint32_t keep = (top == upper ? 0xffffu : 0) | (top + 1 == lower ? 0xffff0000u : 0);
        const uint32_t zero = (uint16_t)p->x_zero * (uint32_t)0x00010001 & ~keep;

        for (lapel_index lane = p->lanes; lane > 0; lane--) {
            lapel_depthwise_dsp_strips_fill(to, n, keep, zero);
            to += 2 * LAPEL_DEPTHWISE_DSP_STRIPS_PITCH;
        }
    }
}

/* Sums. u: of an output; v: of the one below it, for which the weights meet the rows one further down.
 * x: its first column; l: its lane. odd: the slot of the pair with rows 0 and 1. */
#ifdef LAPEL_DSP_ARM

/* One piece each, because compilers do not find room in the registers. upper, lower: registers of the two slots. */
#define LAPEL_STRIPS_X(at, upper, lower) "ldrd %[" upper "], %[" lower "], [%[x], #" at "]\n\t"
#define LAPEL_STRIPS_W(at) "ldrd %[w], %[z], [%[l], #" at "]\n\t"
#define LAPEL_STRIPS_BIAS(u) "ldr %[" u "], [%[l], #32]\n\t"
#define LAPEL_STRIPS_U(u) "smlad %[" u "], %[a], %[w], %[" u "]\n\tsmlabt %[" u "], %[b], %[z], %[" u "]\n\t"
#define LAPEL_STRIPS_UV(u, v, from)                                                                 \
    "smlatb %[" v "], %[a], %[w], %[" from "]\n\tsmlad %[" u "], %[a], %[w], %[" u "]\n\t"          \
    "smlad %[" v "], %[b], %[z], %[" v "]\n\tsmlabt %[" u "], %[b], %[z], %[" u "]\n\t"
/* Two rows and one column, two rows and two columns; one row and one column, and two columns of stride_w 2. */
#define LAPEL_STRIPS_21(p, q)                                                                       \
    __asm__ volatile(LAPEL_STRIPS_BIAS("u") LAPEL_STRIPS_X("0", p, q) LAPEL_STRIPS_W("0") LAPEL_STRIPS_UV("u", "v", "u") \
        LAPEL_STRIPS_X("8", p, q) LAPEL_STRIPS_W("8") LAPEL_STRIPS_UV("u", "v", "v")                \
        LAPEL_STRIPS_X("16", p, q) LAPEL_STRIPS_W("16") LAPEL_STRIPS_UV("u", "v", "v")              \
        : [u] "=&r"(s[0]), [v] "=&r"(s[1]), [a] "=&r"(a), [b] "=&r"(b), [w] "=&r"(w), [z] "=&r"(z)  \
        : [x] "r"(x), [l] "r"(l) : "memory")
#define LAPEL_STRIPS_22(p, q)                                                                       \
    __asm__ volatile(LAPEL_STRIPS_BIAS("u") LAPEL_STRIPS_X("0", p, q) LAPEL_STRIPS_W("0") LAPEL_STRIPS_UV("u", "v", "u") \
        LAPEL_STRIPS_BIAS("m") LAPEL_STRIPS_X("8", p, q) LAPEL_STRIPS_UV("m", "n", "m")             \
        LAPEL_STRIPS_W("8") LAPEL_STRIPS_UV("u", "v", "v")                                          \
        LAPEL_STRIPS_X("16", p, q) LAPEL_STRIPS_UV("m", "n", "n")                                   \
        LAPEL_STRIPS_W("16") LAPEL_STRIPS_UV("u", "v", "v")                                         \
        LAPEL_STRIPS_X("24", p, q) LAPEL_STRIPS_UV("m", "n", "n")                                   \
        : [u] "=&r"(s[0]), [v] "=&r"(s[1]), [m] "=&r"(s[2]), [n] "=&r"(s[3]), [a] "=&r"(a), [b] "=&r"(b), \
          [w] "=&r"(w), [z] "=&r"(z)                                                                \
        : [x] "r"(x), [l] "r"(l) : "memory")
#define LAPEL_STRIPS_11(p, q)                                                                       \
    __asm__ volatile(LAPEL_STRIPS_BIAS("u") LAPEL_STRIPS_X("0", p, q) LAPEL_STRIPS_W("0") LAPEL_STRIPS_U("u") \
        LAPEL_STRIPS_X("8", p, q) LAPEL_STRIPS_W("8") LAPEL_STRIPS_U("u")                           \
        LAPEL_STRIPS_X("16", p, q) LAPEL_STRIPS_W("16") LAPEL_STRIPS_U("u")                         \
        : [u] "=&r"(s[0]), [a] "=&r"(a), [b] "=&r"(b), [w] "=&r"(w), [z] "=&r"(z)                   \
        : [x] "r"(x), [l] "r"(l) : "memory")
#define LAPEL_STRIPS_12(p, q)                                                                       \
    __asm__ volatile(LAPEL_STRIPS_BIAS("u") LAPEL_STRIPS_X("0", p, q) LAPEL_STRIPS_W("0") LAPEL_STRIPS_U("u") \
        LAPEL_STRIPS_BIAS("m") LAPEL_STRIPS_X("16", p, q) LAPEL_STRIPS_U("m")                       \
        LAPEL_STRIPS_W("16") LAPEL_STRIPS_U("u")                                                    \
        LAPEL_STRIPS_X("32", p, q) LAPEL_STRIPS_U("m")                                              \
        LAPEL_STRIPS_X("8", p, q) LAPEL_STRIPS_W("8") LAPEL_STRIPS_U("u")                           \
        LAPEL_STRIPS_X("24", p, q) LAPEL_STRIPS_U("m")                                              \
        : [u] "=&r"(s[0]), [m] "=&r"(s[2]), [a] "=&r"(a), [b] "=&r"(b), [w] "=&r"(w), [z] "=&r"(z)  \
        : [x] "r"(x), [l] "r"(l) : "memory")
#define LAPEL_STRIPS_SUM(shape)                                                                     \
    LAPEL_INLINE void lapel_depthwise_dsp_strips_sum##shape(int32_t *s, const lapel_words *x, const lapel_words *l, \
                                                            int_fast8_t odd)                        \
    {                                                                                               \
        uint32_t a, b, w, z;                                                                        \
                                                                                                    \
        if (odd) {                                                                                  \
            LAPEL_STRIPS_##shape("b", "a");                                                         \
        } else {                                                                                    \
            LAPEL_STRIPS_##shape("a", "b");                                                         \
        }                                                                                           \
    }

#else

#define LAPEL_STRIPS_SUM(shape)                                                                     \
    LAPEL_INLINE void lapel_depthwise_dsp_strips_sum##shape(int32_t *s, const lapel_words *x, const lapel_words *l, \
                                                            int_fast8_t odd)                        \
    {                                                                                               \
        for (int_fast8_t i = 0; i < shape % 10; i++) {                                              \
            s[0] = s[1] = (int32_t)l[LAPEL_DEPTHWISE_DSP_STRIPS_BIAS].word[0];                      \
            for (int_fast8_t k = 0; k < 3; k++) {                                                   \
                const uint32_t a = x[k].word[odd], b = x[k].word[!odd];                             \
                                                                                                    \
                s[0] = lapel_smlabt(b, l[k].word[1], lapel_smlad(a, l[k].word[0], s[0]));           \
                s[1] = lapel_smlad(b, l[k].word[1], lapel_smlatb(a, l[k].word[0], s[1]));           \
            }                                                                                       \
            s += 2;                                                                                 \
            x += shape == 12 ? 2 : 1;                                                               \
        }                                                                                           \
    }

#endif

/* s: [columns][rows]; shape: rows, columns. */
LAPEL_STRIPS_SUM(11)
LAPEL_STRIPS_SUM(12)
LAPEL_STRIPS_SUM(21)
LAPEL_STRIPS_SUM(22)

/* Outputs of a column, the lower one first: it may be outside, and then the upper one overwrites it. */
LAPEL_INLINE void lapel_depthwise_dsp_strips_put(int8_t *y, lapel_index below, const int32_t *s, lapel_words scale,
                                                 int32_t right, int_fast8_t rows, int_fast8_t fixed)
{
    const uint32_t mul = scale.word[0], add = scale.word[1];

    for (int_fast8_t row = rows - 1; row >= 0; row--) {
        y[row == 0 ? 0 : below] =
            fixed ? (int8_t)lapel_ssat8_12(lapel_smmla(s[row], (int32_t)mul, (int32_t)add))
                  : lapel_dsp_scale(s[row], s[row], mul, add, right);
    }
}

/* The tile's pixels of one strip, two rows or one. y: the first of them, of the first lane. */
LAPEL_INLINE void lapel_depthwise_dsp_strips_strip(int8_t *y, const lapel_depthwise_dsp_strips_block *b,
                                                   int_fast8_t rows, int_fast8_t odd, int_fast8_t fixed)
{
    const lapel_index x_step = b->p->stride_w, y_next = b->p->channels, y_below = b->y_below;
    const lapel_words *l = b->room + b->skip * LAPEL_DEPTHWISE_DSP_STRIPS_PITCH;

    for (lapel_index lane = b->skip; lane < b->p->lanes; lane++) {
        const lapel_words *x = l + LAPEL_DEPTHWISE_DSP_STRIPS_HEAD;
        const int32_t right = fixed ? 0 : (int32_t)l[LAPEL_DEPTHWISE_DSP_STRIPS_BIAS].word[1];
        int8_t *to = y + lane;
        lapel_index n = b->columns;
        int32_t s[4];
        lapel_words scale;

        if (x_step == (rows == 2 ? 1 : 2)) {
            for (; n > 1; n -= 2) {
                if (rows == 2) {
                    lapel_depthwise_dsp_strips_sum22(s, x, l, odd);
                    x += 2;
                } else {
                    lapel_depthwise_dsp_strips_sum12(s, x, l, odd);
                    x += 4;
                }
                lapel_read_words(&scale.word[0], &scale.word[1], &l[LAPEL_DEPTHWISE_DSP_STRIPS_SCALE]);
                lapel_depthwise_dsp_strips_put(to, y_below, s, scale, right, rows, fixed);
                to += y_next;
                lapel_depthwise_dsp_strips_put(to, y_below, s + 2, scale, right, rows, fixed);
                to += y_next;
            }
        }
        for (; n > 0; n--) {
            if (rows == 2) {
                lapel_depthwise_dsp_strips_sum21(s, x, l, odd);
            } else {
                lapel_depthwise_dsp_strips_sum11(s, x, l, odd);
            }
            lapel_read_words(&scale.word[0], &scale.word[1], &l[LAPEL_DEPTHWISE_DSP_STRIPS_SCALE]);
            lapel_depthwise_dsp_strips_put(to, y_below, s, scale, right, rows, fixed);
            to += y_next;
            x += x_step;
        }
        l += LAPEL_DEPTHWISE_DSP_STRIPS_PITCH;
    }
}

typedef void lapel_depthwise_dsp_strips_part(int8_t *y, const lapel_depthwise_dsp_strips_block *b);

#define LAPEL_STRIPS_PART(name, rows, odd, fixed)                                                              \
    LAPEL_NOINLINE void lapel_depthwise_dsp_strips_##name(int8_t *y, const lapel_depthwise_dsp_strips_block *b) \
    {                                                                                                          \
        lapel_depthwise_dsp_strips_strip(y, b, rows, odd, fixed);                                              \
    }
LAPEL_STRIPS_PART(two_even, 2, 0, 1)
LAPEL_STRIPS_PART(two_odd, 2, 1, 1)
LAPEL_STRIPS_PART(two_any, 2, 0, 0)
LAPEL_STRIPS_PART(one_even, 1, 0, 1)
LAPEL_STRIPS_PART(one_odd, 1, 1, 1)
LAPEL_STRIPS_PART(one_any, 1, 0, 0)

/* The pair in slot 1 into slot 0, of every lane: for the parts that are compiled for one turn only. */
LAPEL_NOINLINE void lapel_depthwise_dsp_strips_turn(lapel_depthwise_dsp_strips_block *b)
{
    for (lapel_words *x = b->room; x != b->room + LAPEL_DEPTHWISE_DSP_STRIPS_ROOM;) {
        lapel_words *const end =
            b->p->lanes == 1 ? b->room + LAPEL_DEPTHWISE_DSP_STRIPS_ROOM : x + LAPEL_DEPTHWISE_DSP_STRIPS_PITCH;

        for (x += LAPEL_DEPTHWISE_DSP_STRIPS_HEAD; x != end; x++) {
            x->word[0] = x->word[1];
        }
    }
}

/* The block's tile, strip after strip. y: its first pixel, first lane; x: the image, first lane. */
static void lapel_depthwise_dsp_strips_tile(lapel_depthwise_dsp_strips_block *b, int8_t *y, const int8_t *x)
{
    const LAPEL_ROM lapel_depthwise_dsp_strips_params *p = b->p;
    const lapel_index y_row = p->out_w * p->channels;
    lapel_index top = -p->pad_top, rows = p->out_h;
    int_fast8_t odd = 0;

    b->y_below = y_row;
    lapel_depthwise_dsp_strips_spread(b, x, top, 0);
    while (rows > 0) {
        top += 2;
        if (!p->fixed && rows != p->out_h) {
            lapel_depthwise_dsp_strips_turn(b);
        }
        lapel_depthwise_dsp_strips_spread(b, x, top, !odd);
        if (p->stride_h == 1) {
            b->y_below = rows == 1 ? 0 : y_row;
            (!p->fixed ? lapel_depthwise_dsp_strips_two_any
             : odd     ? lapel_depthwise_dsp_strips_two_odd
                       : lapel_depthwise_dsp_strips_two_even)(y, b);
            y += 2 * y_row;
            rows -= 2;
        } else {
            (!p->fixed ? lapel_depthwise_dsp_strips_one_any
             : odd     ? lapel_depthwise_dsp_strips_one_odd
                       : lapel_depthwise_dsp_strips_one_even)(y, b);
            y += y_row;
            rows--;
        }
        odd = p->fixed ? !odd : 0;
    }
}

/* The tile from column j of y on: weights of its channels from o on, and x_zero in the columns outside x. */
static void lapel_depthwise_dsp_strips_start(lapel_depthwise_dsp_strips_block *b, lapel_index j, lapel_index o)
{
    const LAPEL_ROM lapel_depthwise_dsp_strips_params *p = b->p;
    const lapel_index columns = p->out_w - j < p->columns ? p->out_w - j : p->columns;
    const lapel_index width = (columns - 1) * p->stride_w + 3;
    const uint32_t zero = (uint16_t)p->x_zero * (uint32_t)0x00010001;
    lapel_words *l = b->room;

    b->columns = columns;
    b->left = j * p->stride_w - p->pad_left;
    b->inside = lapel_clip(b->left, width, 1, p->in_w);
    for (lapel_index lane = 0; lane < p->lanes; lane++) {
        lapel_words *const x = l + LAPEL_DEPTHWISE_DSP_STRIPS_HEAD;

        lapel_depthwise_dsp_strips_load(l, o + lane, p);
        for (lapel_index i = 0; i < width; i++) {
            i = i == b->inside.first ? b->inside.end : i;
            if (i < width) {
                x[i].word[0] = x[i].word[1] = zero;
            }
        }
        l += LAPEL_DEPTHWISE_DSP_STRIPS_PITCH;
    }
}

void lapel_depthwise_dsp_strips(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_dsp_strips_params *p)
{
    lapel_depthwise_dsp_strips_block b;

    b.p = p;
    for (lapel_index done = 0; done < p->channels; done += p->lanes) {
        const lapel_index o = done > p->channels - p->lanes ? p->channels - p->lanes : done;

        b.skip = done - o;
        for (lapel_index n = 0; n < p->batches; n++) {
            const int8_t *const image = x + n * p->in_h * p->in_w * p->channels + o;
            int8_t *const to = y + n * p->out_h * p->out_w * p->channels + o;

            for (lapel_index j = 0; j < p->out_w; j += p->columns) {
                lapel_depthwise_dsp_strips_start(&b, j, o);
                lapel_depthwise_dsp_strips_tile(&b, to + j * p->channels, image);
            }
        }
    }
}
