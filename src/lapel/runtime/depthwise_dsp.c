#include "depthwise_dsp.h"

/* 3 by 3 kernels: strips.
 *
 * A strip is what two rows of output (stride_h 1) or one (stride_h 2) see: four rows of x, as two pairs of rows. For
 * four channels, the pairs are spread into words of two 16-bit halves, the upper row in the lower half, so that one
 * instruction multiplies two taps; an outside cell is x_zero, whose product is in the bias. The strip below shares one
 * pair, so the pairs take turns in two slots. Columns are cut into tiles, to keep all this on the stack.
 *
 * Weights and bias are doubled: the upper word of 2 * acc * mul, rounded, is the first rounding of requantization. The
 * second one, halves away from zero, is a sum and a shift: (t + 2^(right-1) - (t < 0)) >> right, where the sign may be
 * that of acc, which differs only for t = 0, where both signs give 0. */

#define LAPEL_DEPTHWISE_DSP_COLUMNS 8

typedef struct {
    lapel_words w[3]; /* column by column: (w0, w1) and (w1, w2) of its three rows */
    lapel_words scale; /* mul; what is added behind it: zero point and half */
    int32_t bias;
    int32_t right;
} lapel_depthwise_dsp_lane;

/* Four channels, and the tile and strip in work. */
typedef struct {
    lapel_words x[4 * LAPEL_DEPTHWISE_DSP_COLUMNS]; /* [lane][column]: even pair of rows, odd pair */
    lapel_depthwise_dsp_lane lanes[4];
    const LAPEL_ROM lapel_depthwise_dsp_params *p;
    lapel_index columns; /* of the tile, in y */
    lapel_index x_step;  /* stride_w */
    lapel_index y_next;  /* from one column to the next */
    lapel_index y_below; /* from the strip's first row to its second; 0 if that is outside y */
    lapel_index left;    /* the tile's first column of x, may be outside */
    lapel_span inside;   /* of its columns */
    uint32_t zero;       /* 4 * x_zero */
} lapel_depthwise_dsp_block;

/* The output of an accumulator; sign: a number of its sign. */
LAPEL_INLINE int8_t lapel_depthwise_dsp_scale(int32_t acc, int32_t sign, uint32_t mul, uint32_t add, int32_t right)
{
    return (int8_t)lapel_ssat8((lapel_smmlar(acc, (int32_t)mul, (int32_t)add) + (sign >> 31)) >> right);
}

/* Weights and output scaling of channel o. */
LAPEL_NOINLINE void lapel_depthwise_dsp_load(lapel_depthwise_dsp_lane *l, lapel_index o,
                                             const LAPEL_ROM lapel_depthwise_dsp_params *p)
{
    const LAPEL_ROM int8_t *w = p->w + 12 * o;

    for (int_fast8_t column = 0; column < 3; column++) {
        const uint32_t taps = lapel_read4(w);
        const uint32_t even = lapel_sxtb16(taps), odd = lapel_sxtb16_odd(taps);

        l->w[column].word[0] = lapel_sadd16(even, even);
        l->w[column].word[1] = lapel_sadd16(odd, odd);
        w += 4;
    }
    l->bias = p->bias[o] * 2;
    l->right = p->right[o];
    l->scale.word[0] = (uint32_t)p->mul[o];
    l->scale.word[1] = (uint32_t)((2 * p->y_zero + 1) * ((int32_t)1 << (l->right - 1)));
}

/* One pair of rows of the tile into slot 0 or 1. x: image, first of the four channels; top: the pair's first row. */
LAPEL_NOINLINE void lapel_depthwise_dsp_spread(lapel_depthwise_dsp_block *b, const int8_t *x, lapel_index top,
                                               int_fast8_t slot)
{
    const LAPEL_ROM lapel_depthwise_dsp_params *p = b->p;
    const lapel_index row = p->in_w * p->channels, first = top * row + (b->left + b->inside.first) * p->channels;
    const int8_t *upper = (const int8_t *)&b->zero, *lower = upper;
    lapel_index upper_step = 0, lower_step = 0;
    uint32_t *to = &b->x[b->inside.first].word[slot];
    uint32_t *const end = &b->x[b->inside.end].word[slot];

    if (top >= 0 && top < p->in_h) {
        upper = x + first;
        upper_step = p->channels;
    }
    if (top + 1 >= 0 && top + 1 < p->in_h) {
        lower = x + (first + row);
        lower_step = p->channels;
    }
    for (; to != end; to += 2) {
        const uint32_t u = lapel_read4(upper), v = lapel_read4(lower);
        const uint32_t low = lapel_pkhbt(u, v), high = lapel_pkhtb(v, u);

        to[0] = lapel_sxtb16(low);
        to[2 * LAPEL_DEPTHWISE_DSP_COLUMNS] = lapel_sxtb16_odd(low);
        to[4 * LAPEL_DEPTHWISE_DSP_COLUMNS] = lapel_sxtb16(high);
        to[6 * LAPEL_DEPTHWISE_DSP_COLUMNS] = lapel_sxtb16_odd(high);
        upper += upper_step;
        lower += lower_step;
    }
}

/* u += the taps, columns 0..2 of x and rows 0..2 of its two pairs, times the weights; *v = the former u + those of the
 * pixel below, where v is not null. odd: the slot of the pair with rows 0 and 1. */
#ifdef LAPEL_DSP_ARM

/* One piece each, because compilers do not find room in the registers. */
#define LAPEL_DEPTHWISE_DSP_TWO(upper, lower)                                                                        \
    __asm__("ldrd %[" upper "], %[" lower "], [%[x]]\n\tldrd %[w01], %[w12], [%[w]]\n\t"                             \
            "smlatb %[v], %[a], %[w01], %[u]\n\tsmlad %[u], %[a], %[w01], %[u]\n\t"                                  \
            "smlad %[v], %[b], %[w12], %[v]\n\tsmlabt %[u], %[b], %[w12], %[u]\n\t"                                  \
            "ldrd %[" upper "], %[" lower "], [%[x], #8]\n\tldrd %[w01], %[w12], [%[w], #8]\n\t"                     \
            "smlatb %[v], %[a], %[w01], %[v]\n\tsmlad %[u], %[a], %[w01], %[u]\n\t"                                  \
            "smlad %[v], %[b], %[w12], %[v]\n\tsmlabt %[u], %[b], %[w12], %[u]\n\t"                                  \
            "ldrd %[" upper "], %[" lower "], [%[x], #16]\n\tldrd %[w01], %[w12], [%[w], #16]\n\t"                   \
            "smlatb %[v], %[a], %[w01], %[v]\n\tsmlad %[u], %[a], %[w01], %[u]\n\t"                                  \
            "smlad %[v], %[b], %[w12], %[v]\n\tsmlabt %[u], %[b], %[w12], %[u]"                                      \
            : [u] "+&r"(*u), [v] "=&r"(*v), [a] "=&r"(a), [b] "=&r"(b), [w01] "=&r"(w01), [w12] "=&r"(w12)           \
            : [x] "r"(x), [w] "r"(w), "m"(*(const lapel_words(*)[3])x), "m"(*(const lapel_words(*)[3])w))
#define LAPEL_DEPTHWISE_DSP_ONE(upper, lower)                                                                        \
    __asm__("ldrd %[" upper "], %[" lower "], [%[x]]\n\tldrd %[w01], %[w12], [%[w]]\n\t"                             \
            "smlad %[u], %[a], %[w01], %[u]\n\tsmlabt %[u], %[b], %[w12], %[u]\n\t"                                  \
            "ldrd %[" upper "], %[" lower "], [%[x], #8]\n\tldrd %[w01], %[w12], [%[w], #8]\n\t"                     \
            "smlad %[u], %[a], %[w01], %[u]\n\tsmlabt %[u], %[b], %[w12], %[u]\n\t"                                  \
            "ldrd %[" upper "], %[" lower "], [%[x], #16]\n\tldrd %[w01], %[w12], [%[w], #16]\n\t"                   \
            "smlad %[u], %[a], %[w01], %[u]\n\tsmlabt %[u], %[b], %[w12], %[u]"                                      \
            : [u] "+&r"(*u), [a] "=&r"(a), [b] "=&r"(b), [w01] "=&r"(w01), [w12] "=&r"(w12)                          \
            : [x] "r"(x), [w] "r"(w), "m"(*(const lapel_words(*)[3])x), "m"(*(const lapel_words(*)[3])w))

LAPEL_INLINE void lapel_depthwise_dsp_sum(int32_t *u, int32_t *v, const lapel_words *x, const lapel_words *w,
                                          int_fast8_t odd)
{
    uint32_t a, b, w01, w12;

    if (v != NULL && odd) {
        LAPEL_DEPTHWISE_DSP_TWO("b", "a");
    } else if (v != NULL) {
        LAPEL_DEPTHWISE_DSP_TWO("a", "b");
    } else if (odd) {
        LAPEL_DEPTHWISE_DSP_ONE("b", "a");
    } else {
        LAPEL_DEPTHWISE_DSP_ONE("a", "b");
    }
}

#else

LAPEL_INLINE void lapel_depthwise_dsp_sum(int32_t *u, int32_t *v, const lapel_words *x, const lapel_words *w,
                                          int_fast8_t odd)
{
    int32_t below = *u;

    for (int_fast8_t column = 0; column < 3; column++) {
        const uint32_t a = x[column].word[odd], b = x[column].word[!odd];
        const uint32_t w01 = w[column].word[0], w12 = w[column].word[1];

        *u = lapel_smlabt(b, w12, lapel_smlad(a, w01, *u));
        below = lapel_smlad(b, w12, lapel_smlatb(a, w01, below));
    }
    if (v != NULL) {
        *v = below;
    }
}

#endif

/* The tile's pixels of one strip, two rows or one. y: the first of them, of the first lane. With a zero point of -128
 * (a rectifier) a negative accumulator gives -128 anyway, so that its sign does not matter. */
LAPEL_INLINE void lapel_depthwise_dsp_strip(int8_t *y, const lapel_depthwise_dsp_block *b, int_fast8_t rows,
                                            int_fast8_t odd, int32_t sign)
{
    const lapel_index x_step = b->x_step, y_next = b->y_next, y_below = b->y_below;
    const lapel_words *x = b->x;
    const lapel_depthwise_dsp_lane *const end = b->lanes + 4;

    for (const lapel_depthwise_dsp_lane *l = b->lanes; l != end; l++) {
        const lapel_words *tap = x;
        int8_t *to = y;

        for (lapel_index n = b->columns; n > 0; n--) {
            uint32_t mul, add;
            const int32_t right = l->right;
            int32_t u = l->bias, v;

            lapel_depthwise_dsp_sum(&u, rows == 2 ? &v : NULL, tap, l->w, odd);
            lapel_read_words(&mul, &add, &l->scale);
            if (rows == 2) {
                to[y_below] = lapel_depthwise_dsp_scale(v, v & sign, mul, add, right);
            }
            *to = lapel_depthwise_dsp_scale(u, u & sign, mul, add, right);
            to += y_next;
            tap += x_step;
        }
        x += LAPEL_DEPTHWISE_DSP_COLUMNS;
        y++;
    }
}

LAPEL_NOINLINE void lapel_depthwise_dsp_two_even(int8_t *y, const lapel_depthwise_dsp_block *b)
{
    lapel_depthwise_dsp_strip(y, b, 2, 0, -1);
}

LAPEL_NOINLINE void lapel_depthwise_dsp_two_odd(int8_t *y, const lapel_depthwise_dsp_block *b)
{
    lapel_depthwise_dsp_strip(y, b, 2, 1, -1);
}

LAPEL_NOINLINE void lapel_depthwise_dsp_one_even(int8_t *y, const lapel_depthwise_dsp_block *b)
{
    lapel_depthwise_dsp_strip(y, b, 1, 0, -1);
}

LAPEL_NOINLINE void lapel_depthwise_dsp_one_odd(int8_t *y, const lapel_depthwise_dsp_block *b)
{
    lapel_depthwise_dsp_strip(y, b, 1, 1, -1);
}

LAPEL_NOINLINE void lapel_depthwise_dsp_rectified_even(int8_t *y, const lapel_depthwise_dsp_block *b)
{
    lapel_depthwise_dsp_strip(y, b, 2, 0, 0);
}

LAPEL_NOINLINE void lapel_depthwise_dsp_rectified_odd(int8_t *y, const lapel_depthwise_dsp_block *b)
{
    lapel_depthwise_dsp_strip(y, b, 2, 1, 0);
}

/* The block's tile: cells outside x on its left and right, then strip after strip. y: its first pixel, first lane; x:
 * the image, first lane. */
static void lapel_depthwise_dsp_tile(lapel_depthwise_dsp_block *b, int8_t *y, const int8_t *x)
{
    const LAPEL_ROM lapel_depthwise_dsp_params *p = b->p;
    const lapel_index width = (b->columns - 1) * b->x_step + 3, y_row = p->out_w * p->channels;
    lapel_index top = -p->pad_top;
    int_fast8_t odd = 0;

    b->inside = lapel_clip(b->left, width, 1, p->in_w);
    for (lapel_index i = 0; i < 4 * LAPEL_DEPTHWISE_DSP_COLUMNS; i++) {
        b->x[i].word[0] = b->x[i].word[1] = lapel_sxtb16(b->zero);
    }
    lapel_depthwise_dsp_spread(b, x, top, 0);
    for (lapel_index rows = p->out_h; rows > 0;) {
        top += 2;
        odd = !odd;
        lapel_depthwise_dsp_spread(b, x, top, odd);
        if (p->stride_h == 1) {
            b->y_below = rows == 1 ? 0 : y_row; /* what is computed for a row too many is overwritten */
            if (p->y_zero == -128) {
                (odd ? lapel_depthwise_dsp_rectified_even : lapel_depthwise_dsp_rectified_odd)(y, b);
            } else {
                (odd ? lapel_depthwise_dsp_two_even : lapel_depthwise_dsp_two_odd)(y, b);
            }
            y += 2 * y_row;
            rows -= 2;
        } else {
            (odd ? lapel_depthwise_dsp_one_even : lapel_depthwise_dsp_one_odd)(y, b);
            y += y_row;
            rows--;
        }
    }
}

LAPEL_NOINLINE void lapel_depthwise_dsp_strips(int8_t *y, const int8_t *x,
                                               const LAPEL_ROM lapel_depthwise_dsp_params *p)
{
    const lapel_index most = (LAPEL_DEPTHWISE_DSP_COLUMNS - 3) / p->stride_w + 1;
    lapel_depthwise_dsp_block b;

    b.p = p;
    b.x_step = p->stride_w;
    b.y_next = p->channels;
    b.zero = (uint8_t)p->x_zero * (uint32_t)0x01010101;
    for (lapel_index o = 0; o < p->channels; o += 4) {
        o = o > p->channels - 4 ? p->channels - 4 : o;
        for (lapel_index lane = 0; lane < 4; lane++) {
            lapel_depthwise_dsp_load(&b.lanes[lane], o + lane, p);
        }
        for (lapel_index n = 0; n < p->batches; n++) {
            const int8_t *const image = x + n * p->in_h * p->in_w * p->channels + o;
            int8_t *const to = y + n * p->out_h * p->out_w * p->channels + o;

            for (lapel_index j = 0; j < p->out_w; j += most) {
                b.columns = p->out_w - j < most ? p->out_w - j : most;
                b.left = j * p->stride_w - p->pad_left;
                lapel_depthwise_dsp_tile(&b, to + j * p->channels, image);
            }
        }
    }
}

/* Kernels of one row: as above, but the halves of a word are neighbouring columns, and four outputs of a row are
 * computed at a time: with (x0, x1), (x2, x3), … and the weights (w0, w1), (w2, w3), … for the first of two neighbours
 * and (0, w0), (w1, w2), … for the second. */

#define LAPEL_DEPTHWISE_DSP_WORDS 16 /* of a lane: twice as many columns */

typedef struct {
    lapel_words w[LAPEL_DEPTHWISE_DSP_PAIRS];
    uint32_t x[4][LAPEL_DEPTHWISE_DSP_WORDS];
    const LAPEL_ROM lapel_depthwise_dsp_params *p;
    lapel_index pairs;
    lapel_index columns; /* of the tile, in y */
} lapel_depthwise_dsp_line;

/* Spread four channels of a row from column `left` on. x: the row, or null if it is outside. */
LAPEL_NOINLINE void lapel_depthwise_dsp_spread_row(lapel_depthwise_dsp_line *r, const int8_t *x, lapel_index left)
{
    const lapel_index step = r->p->channels, in_w = x == NULL ? 0 : r->p->in_w;
    const lapel_index words = ((r->columns + 3) >> 2) * 2 + r->pairs - 1;
    const uint32_t zero = (uint8_t)r->p->x_zero * (uint32_t)0x01010101;

    for (lapel_index i = 0; i < words; i++) {
        const uint32_t u = left >= 0 && left < in_w ? lapel_read4(x + left * step) : zero;
        const uint32_t v = left + 1 >= 0 && left + 1 < in_w ? lapel_read4(x + (left + 1) * step) : zero;
        const uint32_t low = lapel_pkhbt(u, v), high = lapel_pkhtb(v, u);

        r->x[0][i] = lapel_sxtb16(low);
        r->x[1][i] = lapel_sxtb16_odd(low);
        r->x[2][i] = lapel_sxtb16(high);
        r->x[3][i] = lapel_sxtb16_odd(high);
        left += 2;
    }
}

/* The tile's outputs of channel o. */
LAPEL_NOINLINE void lapel_depthwise_dsp_channel(int8_t *y, lapel_depthwise_dsp_line *r, const uint32_t *x,
                                                lapel_index o)
{
    const LAPEL_ROM lapel_depthwise_dsp_params *p = r->p;
    const LAPEL_ROM int8_t *w = p->w + o * 2 * (r->pairs + 1);
    const int32_t bias = p->bias[o] * 2, right = p->right[o];
    const uint32_t mul = (uint32_t)p->mul[o];
    const uint32_t add = (uint32_t)((2 * p->y_zero + 1) * ((int32_t)1 << (right - 1)));
    const lapel_words *const end = r->w + r->pairs;
    const lapel_index y_next = p->channels;

    for (lapel_words *to = r->w; to != end; to++) {
        const uint32_t taps = lapel_read4(w); /* 2k - 1 to 2k + 2 */
        const uint32_t even = lapel_sxtb16(taps), odd = lapel_sxtb16_odd(taps);
        const uint32_t first = (odd & 0xffffu) | (even & 0xffff0000u), second = lapel_pkhbt(even, odd);

        to->word[0] = lapel_sadd16(first, first);
        to->word[1] = lapel_sadd16(second, second);
        w += 2;
    }
    for (lapel_index n = r->columns; n > 0; n -= 4) {
        const uint32_t *at = x;
        int32_t a = bias, b = bias, c = bias, d = bias;

        for (const lapel_words *k = r->w; k != end; k++) {
            uint32_t first, second;

            lapel_read_words(&first, &second, k);
            a = lapel_smlad(at[0], first, a);
            b = lapel_smlad(at[0], second, b);
            at++;
            c = lapel_smlad(at[0], first, c);
            d = lapel_smlad(at[0], second, d);
        }
        x += 2;
        *y = lapel_depthwise_dsp_scale(a, a, mul, add, right);
        y += y_next;
        if (n > 1) {
            *y = lapel_depthwise_dsp_scale(b, b, mul, add, right);
            y += y_next;
        }
        if (n > 2) {
            *y = lapel_depthwise_dsp_scale(c, c, mul, add, right);
            y += y_next;
        }
        if (n > 3) {
            *y = lapel_depthwise_dsp_scale(d, d, mul, add, right);
            y += y_next;
        }
    }
}

LAPEL_NOINLINE void lapel_depthwise_dsp_rows(int8_t *y, const int8_t *x,
                                             const LAPEL_ROM lapel_depthwise_dsp_params *p)
{
    const lapel_index pairs = (p->kernel_w >> 1) + 1, most = (LAPEL_DEPTHWISE_DSP_WORDS + 1 - pairs) * 2 & ~3;
    lapel_depthwise_dsp_line r;

    r.p = p;
    r.pairs = pairs;
    for (lapel_index i = 0; i < p->batches * p->out_h; i++) {
        const lapel_index n = i / p->out_h, row = (i - n * p->out_h) * p->stride_h - p->pad_top;
        const int8_t *const line = row >= 0 && row < p->in_h ? x + (n * p->in_h + row) * p->in_w * p->channels : NULL;

        for (lapel_index j = 0; j < p->out_w; j += most) {
            r.columns = p->out_w - j < most ? p->out_w - j : most;
            for (lapel_index o = 0; o < p->channels; o += 4) {
                o = o > p->channels - 4 ? p->channels - 4 : o;
                lapel_depthwise_dsp_spread_row(&r, line == NULL ? NULL : line + o, j - p->pad_left);
                for (lapel_index lane = 0; lane < 4; lane++) {
                    lapel_depthwise_dsp_channel(y + j * p->channels + o + lane, &r, r.x[lane], o + lane);
                }
            }
        }
        y += p->out_w * p->channels;
    }
}

/* Other kernels: pixel by pixel, four channels at a time, two taps of a row at a time. Where taps lie outside x, a copy
 * is made in which they are x_zero. */

typedef struct {
    const LAPEL_ROM lapel_depthwise_dsp_params *p;
    lapel_index x_step; /* from one tap of a row to the next */
    lapel_index x_skip; /* from behind the last tap of a row to the first of the next */
    lapel_index odd;    /* x_step, or 0 if kernel_w is odd: then the first pair is the first tap twice, with weight 0 */
} lapel_depthwise_dsp_taps;

/* Output channels o..o+3 of one pixel. x: their first tap. */
LAPEL_NOINLINE void lapel_depthwise_dsp_four(int8_t *y, const int8_t *x, lapel_index o,
                                             const lapel_depthwise_dsp_taps *t)
{
    const LAPEL_ROM lapel_depthwise_dsp_params *p = t->p;
    const LAPEL_ROM int32_t *bias = p->bias + o, *mul = p->mul + o;
    const LAPEL_ROM int8_t *right = p->right + o;
    const lapel_index pairs = (p->kernel_w + 1) >> 1, x_step = t->x_step;
    const LAPEL_ROM int8_t *w = p->w + 8 * ((o + 3) >> 2) * p->kernel_h * pairs;
    int32_t acc[4], a0 = bias[0], a1 = bias[1], a2 = bias[2], a3 = bias[3];

    for (lapel_index row = p->kernel_h; row > 0; row--) {
        lapel_index gap = t->odd;

        for (lapel_index k = pairs; k > 0; k--) {
            const uint32_t u = lapel_read4(x), v = lapel_read4(x + gap);
            const uint32_t low = lapel_pkhbt(u, v), high = lapel_pkhtb(v, u);
            const uint32_t w01 = lapel_read4(w), w23 = lapel_read4(w + 4);

            a0 = lapel_smlad(lapel_sxtb16(low), lapel_sxtb16(w01), a0);
            a1 = lapel_smlad(lapel_sxtb16_odd(low), lapel_sxtb16_odd(w01), a1);
            a2 = lapel_smlad(lapel_sxtb16(high), lapel_sxtb16(w23), a2);
            a3 = lapel_smlad(lapel_sxtb16_odd(high), lapel_sxtb16_odd(w23), a3);
            x += gap + x_step;
            gap = x_step;
            w += 8;
        }
        x += t->x_skip;
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
    for (const int32_t *a = acc; a != acc + 4; a++) {
        const int32_t shift = *right++;
        const uint32_t add = (uint32_t)((2 * p->y_zero + 1) * ((int32_t)1 << (shift - 1)));

        *y++ = lapel_depthwise_dsp_scale(*a * 2, *a, (uint32_t)*mul++, add, shift);
    }
}

/* Of a pixel some of whose taps are outside x. first: from x to its first tap; rows, columns: its taps inside. */
LAPEL_NOINLINE void lapel_depthwise_dsp_border(int8_t *y, const int8_t *x, lapel_index first, lapel_index o,
                                               lapel_span rows, lapel_span columns,
                                               const lapel_depthwise_dsp_taps *t)
{
    const LAPEL_ROM lapel_depthwise_dsp_params *p = t->p;
    lapel_depthwise_dsp_taps copied = {p, 4, 0, t->odd != 0 ? 4 : 0};
    int8_t copy[4 * LAPEL_DEPTHWISE_DSP_TAPS];
    int8_t *to = copy;

    for (lapel_index u = 0; u < p->kernel_h; u++) {
        for (lapel_index v = 0; v < p->kernel_w; v++) {
            if (u >= rows.first && u < rows.end && v >= columns.first && v < columns.end) {
                memcpy(to, x + first, 4);
            } else {
                memset(to, p->x_zero, 4);
            }
            to += 4;
            first += t->x_step;
        }
        first += t->x_skip;
    }
    lapel_depthwise_dsp_four(y, copy, o, &copied);
}

/* All channels of the pixel whose first tap is (top, left). */
LAPEL_NOINLINE void lapel_depthwise_dsp_pixel(int8_t *y, const int8_t *x, lapel_index top, lapel_index left,
                                              const lapel_depthwise_dsp_taps *t)
{
    const LAPEL_ROM lapel_depthwise_dsp_params *p = t->p;
    const lapel_span rows = lapel_clip(top, p->kernel_h, p->dilation_h, p->in_h);
    const lapel_span columns = lapel_clip(left, p->kernel_w, p->dilation_w, p->in_w);
    const lapel_index inside = (rows.end - rows.first) * (columns.end - columns.first);
    const lapel_index first = (top * p->in_w + left) * p->channels;

    for (lapel_index o = 0; o < p->channels; o += 4) {
        o = o > p->channels - 4 ? p->channels - 4 : o;
        if (inside == p->kernel_h * p->kernel_w) {
            lapel_depthwise_dsp_four(y + o, x + (first + o), o, t);
        } else {
            lapel_depthwise_dsp_border(y + o, x, first + o, o, rows, columns, t);
        }
    }
}

LAPEL_NOINLINE void lapel_depthwise_dsp_pixels(int8_t *y, const int8_t *x,
                                               const LAPEL_ROM lapel_depthwise_dsp_params *p)
{
    lapel_depthwise_dsp_taps t;

    t.p = p;
    t.x_step = p->dilation_w * p->channels;
    t.x_skip = p->dilation_h * p->in_w * p->channels - p->kernel_w * t.x_step;
    t.odd = (p->kernel_w & 1) != 0 ? 0 : t.x_step;
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            for (lapel_index j = 0; j < p->out_w; j++) {
                lapel_depthwise_dsp_pixel(y, x, i * p->stride_h - p->pad_top, j * p->stride_w - p->pad_left, &t);
                y += p->channels;
            }
        }
        x += p->in_h * p->in_w * p->channels;
    }
}

void lapel_depthwise_dsp(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_dsp_params *p)
{
    /* In each form the images of the batch are the outer loop: nothing of this function stays on the stack. */
    if (p->form == LAPEL_DEPTHWISE_DSP_STRIPS) {
        lapel_depthwise_dsp_strips(y, x, p);
    } else if (p->form == LAPEL_DEPTHWISE_DSP_ROWS) {
        lapel_depthwise_dsp_rows(y, x, p);
    } else {
        lapel_depthwise_dsp_pixels(y, x, p);
    }
}
