#include "depthwise_dsp_lines.h"

/* Channel after channel, tile after tile. The rows of x that an output row sees are spread into a ring of lines as
 * dsptaps.h wants them; an outside cell is x_zero, whose product is in the bias. A row is spread once: the next output
 * row finds all but stride_h rows in the ring. Cells left and right of x are the same for all rows and channels. */

typedef struct {
    uint32_t room[LAPEL_DEPTHWISE_DSP_LINES_ROOM];         /* [kernel_h][pairs] weights, 1 or 2 each, then the lines */
    uint8_t order[2 * LAPEL_DEPTHWISE_DSP_LINES_MOST + 1]; /* twice round the ring: the word where a line starts */
    const LAPEL_ROM lapel_depthwise_dsp_lines_params *p;
    const int8_t *x;      /* row 0 of the image, channel in work, first column of the tile that is inside */
    lapel_index columns;  /* of the tile in y */
    lapel_index words;    /* of a line */
    lapel_index first;    /* cells of a line left of x */
    lapel_index inside;   /* cells of a line in x */
    lapel_index oldest;   /* line, of which the topmost row is the oldest; the next row overwrites it */
    uint32_t zero;        /* two cells outside */
    int8_t outside;       /* one of them, for rows outside */
} lapel_depthwise_dsp_lines_tile;

/* Spread a row of x, which may be outside, over the oldest line. */
LAPEL_NOINLINE void lapel_depthwise_dsp_lines_spread(lapel_depthwise_dsp_lines_tile *t, lapel_index row)
{
    const LAPEL_ROM lapel_depthwise_dsp_lines_params *p = t->p;
    const lapel_index step = row >= 0 && row < p->in_h ? p->channels : 0;
    const int8_t *x = step != 0 ? t->x + row * p->in_w * step : &t->outside;
    uint32_t *to = t->room + t->order[t->oldest] + (t->first >> 1);
    lapel_index left = t->inside;

    t->oldest++;
    t->oldest = t->oldest == p->kernel_h ? 0 : t->oldest;
    if ((t->first & 1) != 0 && left > 0) {
        *to++ = lapel_pkhbt(t->zero, (uint32_t)*x);
        x += step;
        left--;
    }
    for (const uint32_t *const end = to + (left >> 1); to != end; x += 2 * step) {
        *to++ = lapel_pkhbt((uint32_t)x[0], (uint32_t)x[step]);
    }
    if ((left & 1) != 0) {
        *to = lapel_pkhbt((uint32_t)*x, t->zero);
    }
}

#ifdef LAPEL_DSP_ASM

/* Of eight pairs of taps in a row the last `pairs` are done: the code of each has the same length. */
#define LAPEL_LINES_ONE                                                                                   \
    "ldrd %[v], %[z], [%[w]], #8\n\tsmlad %[a], %[u], %[v], %[a]\n\tsmlad %[b], %[u], %[z], %[b]\n\t"     \
    "ldr %[u], [%[x]], #4\n\tsmlad %[c], %[u], %[v], %[c]\n\tsmlad %[d], %[u], %[z], %[d]\n\t"
#define LAPEL_LINES_ONE_BYTES 24
#define LAPEL_LINES_TWO                                                                                   \
    "ldr %[z], [%[w]], #4\n\tldrd %[u], %[v], [%[x]], #4\n\t"                                             \
    "smlad %[a], %[u], %[z], %[a]\n\tsmlad %[b], %[v], %[z], %[b]\n\tldrd %[u], %[v], [%[x], #4]\n\t"     \
    "smlad %[c], %[u], %[z], %[c]\n\tsmlad %[d], %[v], %[z], %[d]\n\t"
#define LAPEL_LINES_TWO_BYTES 28
#define LAPEL_LINES_SUMS(before, pair)                                                                    \
    __asm__ volatile("adr %[x], 2f\n\tadd %[entry], %[entry], %[x]\n\torr %[entry], %[entry], #1\n\t"     \
                     "ldrb %[x], [%[order]], #1\n"                                                        \
                     "1:\n\tadd %[x], %[base], %[x], lsl #2\n\t" before "bx %[entry]\n\t.balign 4\n"      \
                     "2:\n\t" pair pair pair pair pair pair pair pair                                     \
                     "ldrb %[x], [%[order]], #1\n\tcmp %[x], #0\n\tbne 1b"                                \
                     : [a] "+&r"(a), [b] "+&r"(b), [c] "+&r"(c), [d] "+&r"(d), [w] "+&r"(w),                   \
                       [order] "+&r"(order), [entry] "+&r"(entry), [x] "=&r"(x), [u] "=&r"(u),              \
                       [v] "=&r"(v), [z] "=&r"(z)                                                         \
                     : [base] "r"(base)                                                                   \
                     : "cc", "memory")

/* Four sums with weights w, from lines at base, in their order. */
LAPEL_INLINE void lapel_depthwise_dsp_lines_four(int32_t *sum, const uint32_t *w, const uint32_t *base,
                                                 const uint8_t *order, lapel_index pairs, lapel_index stride)
{
    int32_t a = sum[0], b = a, c = a, d = a;
    lapel_index entry = LAPEL_DEPTHWISE_DSP_LINES_PAIRS - pairs;
    uint32_t x, u, v, z;

    if (stride == 1) {
        entry *= LAPEL_LINES_ONE_BYTES;
        LAPEL_LINES_SUMS("ldr %[u], [%[x]], #4\n\t", LAPEL_LINES_ONE);
    } else {
        entry *= LAPEL_LINES_TWO_BYTES;
        LAPEL_LINES_SUMS("", LAPEL_LINES_TWO);
    }
    sum[0] = a;
    sum[1] = b;
    sum[2] = c;
    sum[3] = d;
}

#else

LAPEL_INLINE void lapel_depthwise_dsp_lines_four(int32_t *sum, const uint32_t *w, const uint32_t *base,
                                                 const uint8_t *order, lapel_index pairs, lapel_index stride)
{
    sum[3] = sum[2] = sum[1] = sum[0];
    for (; *order != 0; order++) {
        for (lapel_index k = 0; k < pairs; k++) {
            for (lapel_index i = 0; i < 4; i++) {
                const lapel_index at = stride == 1 ? i >> 1 : i;

                sum[i] = lapel_smlad(base[*order + k + at], stride == 1 ? w[i & 1] : *w, sum[i]);
            }
            w += stride == 1 ? 2 : 1;
        }
    }
}

#endif

/* The tile's outputs of channel o, one row. */
LAPEL_NOINLINE void lapel_depthwise_dsp_lines_row(int8_t *y, lapel_depthwise_dsp_lines_tile *t, lapel_index o)
{
    const LAPEL_ROM lapel_depthwise_dsp_lines_params *p = t->p;
    const int32_t bias = p->bias[o] * 2, right = p->right[o];
    const uint32_t mul = (uint32_t)p->mul[o], add = lapel_dsp_behind(p->y_zero, right);
    const uint8_t *const order = t->order + t->oldest;
    const uint32_t *base = t->room;

    t->order[t->oldest + p->kernel_h] = 0;
    for (lapel_index n = t->columns; n > 0; n -= 4) {
        int32_t sum[4];

        sum[0] = bias;
        lapel_depthwise_dsp_lines_four(sum, t->room, base, order, p->pairs, p->stride_w);
        y = lapel_dsp_put_four(y, p->channels, n, sum, mul, add, right);
        base += 2 * p->stride_w;
    }
    t->order[t->oldest + p->kernel_h] = *order;
}

/* The weights of channel o, line by line. */
LAPEL_NOINLINE void lapel_depthwise_dsp_lines_load(lapel_depthwise_dsp_lines_tile *t, lapel_index o)
{
    const LAPEL_ROM lapel_depthwise_dsp_lines_params *p = t->p;
    const LAPEL_ROM int8_t *w = p->w + o * p->kernel_h * p->kernel_w;
    uint32_t *to = t->room;

    for (lapel_index row = p->kernel_h; row > 0; row--) {
        to = lapel_dsp_pair_taps(to, w, p->kernel_w, p->pairs, p->stride_w);
        w += p->kernel_w;
    }
}

/* All outputs of a tile of one image: y and x at its channel 0. */
LAPEL_INLINE void lapel_depthwise_dsp_lines_all(int8_t *y, const int8_t *x, lapel_depthwise_dsp_lines_tile *t)
{
    const LAPEL_ROM lapel_depthwise_dsp_lines_params *p = t->p;

    for (lapel_index o = 0; o < p->channels; o++) {
        lapel_index row = -p->pad_top;
        int8_t *to = y + o;

        t->x = x + o;
        t->oldest = 0;
        lapel_depthwise_dsp_lines_load(t, o);
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = i * p->stride_h - p->pad_top;

            for (row = row < top ? top : row; row < top + p->kernel_h; row++) {
                lapel_depthwise_dsp_lines_spread(t, row);
            }
            lapel_depthwise_dsp_lines_row(to, t, o);
            to += p->out_w * p->channels;
        }
    }
}

/* Lay out the lines of the tile whose first cell is in column `left`, with what is outside. Its first column inside. */
LAPEL_INLINE lapel_index lapel_depthwise_dsp_lines_place(lapel_depthwise_dsp_lines_tile *t, lapel_index left)
{
    const LAPEL_ROM lapel_depthwise_dsp_lines_params *p = t->p;
    const lapel_index start = p->kernel_h * p->pairs * (3 - p->stride_w), columns = (t->columns + 3) & ~3;
    lapel_index inside;

    t->words = (p->stride_w == 1 ? columns >> 1 : columns) + p->pairs - 1;
    for (lapel_index k = 0; k < p->kernel_h; k++) {
        t->order[k] = t->order[k + p->kernel_h] = (uint8_t)(start + k * t->words);
    }
    for (lapel_index k = start; k < start + p->kernel_h * t->words; k++) {
        t->room[k] = t->zero;
    }
    t->first = left < 0 ? -left : 0;
    t->first = t->first > 2 * t->words ? 2 * t->words : t->first;
    left = left < 0 ? 0 : left;
    inside = p->in_w - left < 2 * t->words - t->first ? p->in_w - left : 2 * t->words - t->first;
    t->inside = inside < 0 ? 0 : inside;
    return t->inside > 0 ? left : 0;
}

void lapel_depthwise_dsp_lines(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_dsp_lines_params *p)
{
    lapel_depthwise_dsp_lines_tile t;

    t.p = p;
    t.outside = p->x_zero;
    t.zero = lapel_pkhbt((uint32_t)p->x_zero, (uint32_t)p->x_zero);
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index j = 0; j < p->out_w; j += p->columns) {
            t.columns = p->out_w - j < p->columns ? p->out_w - j : p->columns;
            lapel_depthwise_dsp_lines_all(y + j * p->channels,
                                          x + lapel_depthwise_dsp_lines_place(&t, j * p->stride_w - p->pad_left) *
                                                  p->channels,
                                          &t);
        }
        y += p->out_h * p->out_w * p->channels;
        x += p->in_h * p->in_w * p->channels;
    }
}
