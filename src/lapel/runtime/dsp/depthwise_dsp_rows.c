#include "depthwise_dsp_rows.h"

/* Four channels of a tile of a row at a time are spread into words as dsptaps.h wants them; an outside cell is x_zero,
 * whose product is in the bias. */

typedef struct {
    uint32_t w[2 * LAPEL_DEPTHWISE_DSP_ROWS_PAIRS];
    uint32_t x[4][LAPEL_DEPTHWISE_DSP_ROWS_WORDS];
    const LAPEL_ROM lapel_depthwise_dsp_rows_params *p;
    lapel_index pairs;
    lapel_index columns; /* of the tile, in y */
} lapel_depthwise_dsp_rows_line;

/* Two neighbouring columns of four channels into word i. */
LAPEL_INLINE void lapel_depthwise_dsp_rows_put(lapel_depthwise_dsp_rows_line *r, lapel_index i, uint32_t u, uint32_t v)
{
    const uint32_t low = lapel_pkhbt(u, v), high = lapel_pkhtb(v, u);

    r->x[0][i] = lapel_sxtb16(low);
    r->x[1][i] = lapel_sxtb16_odd(low);
    r->x[2][i] = lapel_sxtb16(high);
    r->x[3][i] = lapel_sxtb16_odd(high);
}

/* Spread four channels of a row from column `left` on. x: the row, or null if it is outside. */
LAPEL_NOINLINE void lapel_depthwise_dsp_rows_spread(lapel_depthwise_dsp_rows_line *r, const int8_t *x, lapel_index left)
{
    const lapel_index step = r->p->channels, in_w = x == NULL ? 0 : r->p->in_w;
    const lapel_index words = ((r->columns + 3) >> 2) * 2 + r->pairs - 1;
    const uint32_t zero = (uint8_t)r->p->x_zero * (uint32_t)0x01010101;

    for (lapel_index i = 0; i < words;) {
        if (left < 0 || left > in_w - 2) {
            const uint32_t u = left >= 0 && left < in_w ? lapel_read4(x + left * step) : zero;
            const uint32_t v = left == -1 && in_w > 0 ? lapel_read4(x) : zero;

            lapel_depthwise_dsp_rows_put(r, i++, u, v);
            left += 2;
        } else {
            const int8_t *at = x + left * step;
            const lapel_index inside = (in_w - left) >> 1, end = i + (inside < words - i ? inside : words - i);

            left += 2 * (end - i);
            for (; i < end; i++) {
                lapel_depthwise_dsp_rows_put(r, i, lapel_read4(at), lapel_read4(at + step));
                at += 2 * step;
            }
        }
    }
}

/* Four sums, the first of them at word x. */
#ifdef LAPEL_DSP_ARM

LAPEL_INLINE void lapel_depthwise_dsp_rows_four(int32_t *sum, const uint32_t *x, const uint32_t *w,
                                                const uint32_t *end, int32_t bias)
{
    int32_t a, b, c, d;
    uint32_t pair, first, second;

    __asm__ volatile("ldr %[pair], [%[x]], #4\n\tldrd %[first], %[second], [%[w]], #8\n\t"
                     "smlad %[a], %[pair], %[first], %[bias]\n\tsmlad %[b], %[pair], %[second], %[bias]\n\t"
                     "ldr %[pair], [%[x]], #4\n\t"
                     "smlad %[c], %[pair], %[first], %[bias]\n\tsmlad %[d], %[pair], %[second], %[bias]\n"
                     "1:\n\tldrd %[first], %[second], [%[w]], #8\n\t"
                     "smlad %[a], %[pair], %[first], %[a]\n\tsmlad %[b], %[pair], %[second], %[b]\n\t"
                     "ldr %[pair], [%[x]], #4\n\tcmp %[w], %[end]\n\t"
                     "smlad %[c], %[pair], %[first], %[c]\n\tsmlad %[d], %[pair], %[second], %[d]\n\tbne 1b"
                     : [x] "+&r"(x), [w] "+&r"(w), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d),
                       [pair] "=&r"(pair), [first] "=&r"(first), [second] "=&r"(second)
                     : [bias] "r"(bias), [end] "r"(end)
                     : "cc", "memory");
    sum[0] = a;
    sum[1] = b;
    sum[2] = c;
    sum[3] = d;
}

#else

LAPEL_INLINE void lapel_depthwise_dsp_rows_four(int32_t *sum, const uint32_t *x, const uint32_t *w,
                                                const uint32_t *end, int32_t bias)
{
    for (int_fast8_t i = 0; i < 4; i++) {
        sum[i] = bias;
        for (lapel_index k = 0; w + 2 * k != end; k++) {
            sum[i] = lapel_smlad(x[(i >> 1) + k], w[2 * k + (i & 1)], sum[i]);
        }
    }
}

#endif

/* The tile's outputs of channel o. */
LAPEL_NOINLINE void lapel_depthwise_dsp_rows_channel(int8_t *y, lapel_depthwise_dsp_rows_line *r, const uint32_t *x,
                                                     lapel_index o)
{
    const LAPEL_ROM lapel_depthwise_dsp_rows_params *p = r->p;
    const LAPEL_ROM int8_t *w = p->w + o * p->kernel_w;
    const int32_t bias = p->bias[o] * 2, right = p->right[o];
    const uint32_t mul = (uint32_t)p->mul[o], add = lapel_dsp_behind(p->y_zero, right);
    const uint32_t *const end = r->w + 2 * r->pairs;
    const lapel_index y_next = p->channels;

    lapel_dsp_pair_taps(r->w, w, p->kernel_w, r->pairs, 1);
    for (lapel_index n = r->columns; n > 0; n -= 4) {
        int32_t sum[4];

        lapel_depthwise_dsp_rows_four(sum, x, r->w, end, bias);
        x += 2;
        y = lapel_dsp_put_four(y, y_next, n, sum, mul, add, right);
    }
}

void lapel_depthwise_dsp_rows(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_dsp_rows_params *p)
{
    lapel_depthwise_dsp_rows_line r;

    r.p = p;
    r.pairs = p->kernel_w / 2 + 1;
    for (lapel_index i = 0; i < p->batches * p->out_h; i++) {
        const lapel_index n = i / p->out_h, row = (i - n * p->out_h) * p->stride_h - p->pad_top;
        const int8_t *const line = row >= 0 && row < p->in_h ? x + (n * p->in_h + row) * p->in_w * p->channels : NULL;

        for (lapel_index j = 0; j < p->out_w; j += p->columns) {
            r.columns = p->out_w - j < p->columns ? p->out_w - j : p->columns;
            for (lapel_index done = 0; done < p->channels; done += 4) {
                /* The last four channels may have been computed in part: they are not read again. */
                const lapel_index o = done > p->channels - 4 ? p->channels - 4 : done;

                lapel_depthwise_dsp_rows_spread(&r, line == NULL ? NULL : line + o, j - p->pad_left);
                for (lapel_index lane = done - o; lane < 4; lane++) {
                    lapel_depthwise_dsp_rows_channel(y + j * p->channels + o + lane, &r, r.x[lane], o + lane);
                }
            }
        }
        y += p->out_w * p->channels;
    }
}
