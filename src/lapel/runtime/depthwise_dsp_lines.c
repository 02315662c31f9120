#include "depthwise_dsp_lines.h"

/* Channel after channel, tile after tile. The rows of x that an output row sees are spread into a ring of lines as
 * dsptaps.h wants them; an outside cell is x_zero, whose product is in the bias. A row is spread once: the next output
 * row finds all but stride_h rows in the ring. With a stride_w of s a row is s lines, of every s-th column each, and to
 * each line belong every s-th taps, so that neighbouring outputs see neighbouring cells. */

typedef struct {
    uint32_t room[LAPEL_DEPTHWISE_DSP_LINES_ROOM]; /* [kernel_h][phases]: [pairs][2] of weights, then the ring's lines */
    uint16_t order[LAPEL_DEPTHWISE_DSP_LINES_MOST + 1]; /* bytes from room to each line, topmost first, and 0 */
    const LAPEL_ROM lapel_depthwise_dsp_lines_params *p;
    const int8_t *x;     /* row 0 of the image, channel in work */
    lapel_index left;    /* first column of the tile in x */
    lapel_index columns; /* of the tile in y */
    lapel_index words;   /* of a line */
    lapel_index first;   /* word of room where the ring starts, behind the weights */
    lapel_index end;     /* and where it ends */
    lapel_index next;    /* where the next line goes: the oldest one is there */
} lapel_depthwise_dsp_lines_tile;

/* One line, from column `left` on. x: its row. */
LAPEL_INLINE void lapel_depthwise_dsp_lines_inside(lapel_depthwise_dsp_lines_tile *t, const int8_t *x, lapel_index left)
{
    const lapel_index step = t->p->channels, s = t->p->stride_w, in_w = t->p->in_w;
    const int32_t zero = t->p->x_zero;
    uint32_t *to = t->room + t->next, *const end = to + t->words;

    while (to != end) {
        const lapel_index right = left + s;

        if (left < 0 || right >= in_w) {
            const int32_t u = left >= 0 && left < in_w ? x[left * step] : zero;
            const int32_t v = right >= 0 && right < in_w ? x[right * step] : zero;

            *to++ = lapel_pkhbt((uint32_t)u, (uint32_t)v);
            left += 2 * s;
        } else {
            const lapel_index fits = (lapel_index)((uint32_t)(in_w - 1 - right) / (uint32_t)(2 * s)) + 1;
            const uint32_t *const stop = fits < end - to ? to + fits : end;
            const lapel_index hop = s * step;
            const int8_t *at = x + left * step;

            left += 2 * s * (lapel_index)(stop - to);
            for (; to != stop; at += 2 * hop) {
                *to++ = lapel_pkhbt((uint32_t)at[0], (uint32_t)at[hop]);
            }
        }
    }
}

/* Spread a row of x, which may be outside, over the oldest lines of the ring. */
LAPEL_NOINLINE void lapel_depthwise_dsp_lines_spread(lapel_depthwise_dsp_lines_tile *t, lapel_index row)
{
    const LAPEL_ROM lapel_depthwise_dsp_lines_params *p = t->p;

    for (lapel_index phase = 0; phase < p->phases; phase++) {
        if (row >= 0 && row < p->in_h) {
            lapel_depthwise_dsp_lines_inside(t, t->x + row * p->in_w * p->channels, t->left + phase);
        } else {
            const uint32_t zero = lapel_pkhbt((uint32_t)p->x_zero, (uint32_t)p->x_zero);

            for (lapel_index i = 0; i < t->words; i++) {
                t->room[t->next + i] = zero;
            }
        }
        t->next += t->words;
    }
    t->next = t->next == t->end ? t->first : t->next;
}

/* Note the order of the ring's lines, from the oldest one on. */
LAPEL_INLINE void lapel_depthwise_dsp_lines_sort(lapel_depthwise_dsp_lines_tile *t)
{
    uint16_t *order = t->order;
    lapel_index at = t->next;

    do {
        *order++ = (uint16_t)(4 * at);
        at += t->words;
        at = at == t->end ? t->first : at;
    } while (at != t->next);
    *order = 0;
}

/* Four sums from column `at` of the lines on, two columns a word. */
LAPEL_INLINE void lapel_depthwise_dsp_lines_four(int32_t *sum, const lapel_depthwise_dsp_lines_tile *t, lapel_index at,
                                                 int32_t bias)
{
#ifdef LAPEL_DSP_ARM
    /* A step is 24 bytes long, and the last `pairs` of eight are done. */
#define LAPEL_LINES_STEP                                                                              \
    "ldrd %[first], %[second], [%[w]], #8\n\t"                                                        \
    "smlad %[a], %[pair], %[first], %[a]\n\tsmlad %[b], %[pair], %[second], %[b]\n\t"                 \
    "ldr %[pair], [%[x]], #4\n\t"                                                                     \
    "smlad %[c], %[pair], %[first], %[c]\n\tsmlad %[d], %[pair], %[second], %[d]\n\t"
    int32_t a = bias, b = bias, c = bias, d = bias;
    uint32_t entry = (uint32_t)(24 * (LAPEL_DEPTHWISE_DSP_LINES_PAIRS - t->p->pairs));
    const uint32_t *w = t->room;
    const uint16_t *order = t->order;
    uint32_t x, pair, first, second;

    __asm__ volatile("adr %[x], 2f\n\tadd %[entry], %[entry], %[x]\n\torr %[entry], %[entry], #1\n\t"
                     "ldrh %[x], [%[order]], #2\n"
                     "1:\n\tadd %[x], %[x], %[base]\n\tldr %[pair], [%[x]], #4\n\tbx %[entry]\n\t.balign 4\n"
                     "2:\n\t" LAPEL_LINES_STEP LAPEL_LINES_STEP LAPEL_LINES_STEP LAPEL_LINES_STEP
                     LAPEL_LINES_STEP LAPEL_LINES_STEP LAPEL_LINES_STEP LAPEL_LINES_STEP
                     "ldrh %[x], [%[order]], #2\n\tcmp %[x], #0\n\tbne 1b"
                     : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [w] "+r"(w), [order] "+r"(order),
                       [entry] "+r"(entry), [x] "=&r"(x), [pair] "=&r"(pair), [first] "=&r"(first),
                       [second] "=&r"(second)
                     : [base] "r"(t->room + at)
                     : "cc", "memory");
    sum[0] = a;
    sum[1] = b;
    sum[2] = c;
    sum[3] = d;
#else
    const lapel_index pairs = t->p->pairs;

    for (lapel_index i = 0; i < 4; i++) {
        const uint32_t *w = t->room + (i & 1);

        sum[i] = bias;
        for (const uint16_t *line = t->order; *line != 0; line++) {
            const uint32_t *const x = t->room + *line / 4 + at + (i >> 1);

            for (lapel_index k = 0; k < pairs; k++) {
                sum[i] = lapel_smlad(x[k], *w, sum[i]);
                w += 2;
            }
        }
    }
#endif
}

/* The tile's outputs of channel o, one row. */
LAPEL_NOINLINE void lapel_depthwise_dsp_lines_row(int8_t *y, const lapel_depthwise_dsp_lines_tile *t, lapel_index o)
{
    const LAPEL_ROM lapel_depthwise_dsp_lines_params *p = t->p;
    const int32_t bias = p->bias[o] * 2, right = p->right[o];
    const uint32_t mul = (uint32_t)p->mul[o], add = lapel_dsp_behind(p->y_zero, right);
    lapel_index at = 0;

    for (lapel_index n = t->columns; n > 0; n -= 4) {
        int32_t sum[4];

        lapel_depthwise_dsp_lines_four(sum, t, at, bias);
        y = lapel_dsp_put_four(y, p->channels, n, sum, mul, add, right);
        at += 2;
    }
}

/* The weights of channel o, line by line. */
LAPEL_NOINLINE void lapel_depthwise_dsp_lines_load(lapel_depthwise_dsp_lines_tile *t, lapel_index o)
{
    const LAPEL_ROM lapel_depthwise_dsp_lines_params *p = t->p;
    const LAPEL_ROM int8_t *w = p->w + o * p->kernel_h * p->kernel_w;
    uint32_t *to = t->room;

    for (lapel_index row = p->kernel_h; row > 0; row--) {
        for (lapel_index phase = 0; phase < p->phases; phase++) {
            to = lapel_dsp_pair_taps(to, w + phase, p->kernel_w - phase, p->stride_w, p->pairs);
        }
        w += p->kernel_w;
    }
    t->next = t->first;
}

/* All of a tile of one image: y and x at the first channel of its first pixel. */
LAPEL_INLINE void lapel_depthwise_dsp_lines_all(int8_t *y, const int8_t *x, lapel_depthwise_dsp_lines_tile *t)
{
    const LAPEL_ROM lapel_depthwise_dsp_lines_params *p = t->p;

    for (lapel_index o = 0; o < p->channels; o++) {
        lapel_index row = -p->pad_top;
        int8_t *to = y + o;

        t->x = x + o;
        lapel_depthwise_dsp_lines_load(t, o);
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = i * p->stride_h - p->pad_top;

            for (row = row < top ? top : row; row < top + p->kernel_h; row++) {
                lapel_depthwise_dsp_lines_spread(t, row);
            }
            lapel_depthwise_dsp_lines_sort(t);
            lapel_depthwise_dsp_lines_row(to, t, o);
            to += p->out_w * p->channels;
        }
    }
}

void lapel_depthwise_dsp_lines(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_dsp_lines_params *p)
{
    const lapel_index lines = p->kernel_h * p->phases;
    lapel_depthwise_dsp_lines_tile t;

    t.p = p;
    t.first = 2 * lines * p->pairs;
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index j = 0; j < p->out_w; j += p->columns) {
            t.left = j * p->stride_w - p->pad_left;
            t.columns = p->out_w - j < p->columns ? p->out_w - j : p->columns;
            t.words = ((t.columns + 3) >> 2) * 2 + p->pairs - 1;
            t.end = t.first + lines * t.words;
            lapel_depthwise_dsp_lines_all(y + j * p->channels, x, &t);
        }
        y += p->out_h * p->out_w * p->channels;
        x += p->in_h * p->in_w * p->channels;
    }
}
