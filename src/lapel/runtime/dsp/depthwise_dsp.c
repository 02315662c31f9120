#include "depthwise_dsp.h"

/* Pixel by pixel, four channels at a time, two taps of a row at a time; where kernel_w is odd, the first tap is alone.
 * Where taps lie outside x, a copy is made in which they are x_zero. */

typedef struct {
    const LAPEL_ROM lapel_depthwise_dsp_params *p;
    lapel_index x_step; /* from one tap of a row to the next */
    lapel_index x_skip; /* from behind the last tap of a row to the first of the next */
} lapel_depthwise_dsp_taps;

#ifdef LAPEL_DSP_ASM

/* Two channels of a pair of taps, in words x and p. */
#define LAPEL_DEPTHWISE_DSP_HALF(x, to, next)                                                                 \
    "sxtb16 %[u], %[" x "]\n\tsxtb16 %[z], %[p]\n\tsmlad %[" to "], %[u], %[z], %[" to "]\n\t"                 \
    "sxtb16 %[" x "], %[" x "], ror #8\n\tsxtb16 %[p], %[p], ror #8\n\t"                                     \
    "smlad %[" next "], %[" x "], %[p], %[" next "]\n\t"

#endif

/* Pairs of taps of a row, one at least, until w is `end`, to four sums. Where x goes on. */
#ifdef LAPEL_DSP_ASM

LAPEL_INLINE const int8_t *lapel_depthwise_dsp_pairs(int32_t *acc, const int8_t *x, lapel_index step,
                                                     const LAPEL_ROM int8_t *w, const LAPEL_ROM int8_t *end)
{
    int32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];
    uint32_t u, v, t, p, z;

    /* Compilers do not find room in the registers. */
    __asm__ volatile("1:\n\tldr %[u], [%[x]]\n\tldr %[v], [%[x], %[step]]\n\tldr %[p], [%[w]], #8\n\t"
                     "add %[x], %[x], %[step], lsl #1\n\t"
                     "pkhbt %[t], %[u], %[v], lsl #16\n\tpkhtb %[v], %[v], %[u], asr #16\n\t"
                     LAPEL_DEPTHWISE_DSP_HALF("t", "a0", "a1")
                     "ldr %[p], [%[w], #-4]\n\tcmp %[w], %[end]\n\t"
                     LAPEL_DEPTHWISE_DSP_HALF("v", "a2", "a3")
                     "bne 1b"
                     : [a0] "+&r"(a0), [a1] "+&r"(a1), [a2] "+&r"(a2), [a3] "+&r"(a3), [x] "+&r"(x), [w] "+&r"(w),
                       [u] "=&r"(u), [v] "=&r"(v), [t] "=&r"(t), [p] "=&r"(p), [z] "=&r"(z)
                     : [step] "r"(step), [end] "r"(end)
                     : "cc", "memory");
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
    return x;
}

#else

LAPEL_INLINE const int8_t *lapel_depthwise_dsp_pairs(int32_t *acc, const int8_t *x, lapel_index step,
                                                     const LAPEL_ROM int8_t *w, const LAPEL_ROM int8_t *end)
{
    for (; w != end; w += 8) {
        const uint32_t u = lapel_read4(x), v = lapel_read4(x + step);
        const uint32_t low = lapel_pkhbt(u, v), high = lapel_pkhtb(v, u);
        const uint32_t w01 = lapel_read4(w), w23 = lapel_read4(w + 4);

        acc[0] = lapel_smlad(lapel_sxtb16(low), lapel_sxtb16(w01), acc[0]);
        acc[1] = lapel_smlad(lapel_sxtb16_odd(low), lapel_sxtb16_odd(w01), acc[1]);
        acc[2] = lapel_smlad(lapel_sxtb16(high), lapel_sxtb16(w23), acc[2]);
        acc[3] = lapel_smlad(lapel_sxtb16_odd(high), lapel_sxtb16_odd(w23), acc[3]);
        x += 2 * step;
    }
    return x;
}

#endif

/* Output channels o..o+3 of one pixel. x: their first tap. */
LAPEL_NOINLINE void lapel_depthwise_dsp_four(int8_t *y, const int8_t *x, lapel_index o,
                                             const lapel_depthwise_dsp_taps *t)
{
    const LAPEL_ROM lapel_depthwise_dsp_params *p = t->p;
    const LAPEL_ROM int32_t *bias = p->bias + o, *mul = p->mul + o;
    const LAPEL_ROM int8_t *right = p->right + o;
    const lapel_index odd = p->kernel_w & 1, pairs = 8 * (p->kernel_w >> 1), x_step = t->x_step;
    const LAPEL_ROM int8_t *w = p->w + 4 * ((o + 3) >> 2) * p->kernel_h * p->kernel_w;
    int32_t acc[4] = {bias[0], bias[1], bias[2], bias[3]};

    for (lapel_index row = p->kernel_h; row > 0; row--) {
        if (odd != 0) {
            const uint32_t u = lapel_read4(x), v = lapel_read4(w);

            acc[0] = lapel_smlabb(lapel_sxtb16(u), lapel_sxtb16(v), acc[0]);
            acc[1] = lapel_smlabb(lapel_sxtb16_odd(u), lapel_sxtb16_odd(v), acc[1]);
            acc[2] = lapel_smlatt(lapel_sxtb16(u), lapel_sxtb16(v), acc[2]);
            acc[3] = lapel_smlatt(lapel_sxtb16_odd(u), lapel_sxtb16_odd(v), acc[3]);
            x += x_step;
            w += 4;
        }
        if (pairs > 0) {
            x = lapel_depthwise_dsp_pairs(acc, x, x_step, w, w + pairs);
            w += pairs;
        }
        x += t->x_skip;
    }
    for (const int32_t *a = acc; a != acc + 4; a++) {
        const int32_t shift = *right++;
        const uint32_t add = lapel_dsp_behind(p->y_zero, shift);

        *y++ = lapel_dsp_scale(*a * 2, *a, (uint32_t)*mul++, add, shift);
    }
}

/* The last block of four channels starts where it ends with the last one. */
LAPEL_INLINE lapel_index lapel_depthwise_dsp_block(lapel_index o, const LAPEL_ROM lapel_depthwise_dsp_params *p)
{
    return o > p->channels - 4 ? p->channels - 4 : o;
}

/* A pixel some of whose taps are outside x. first: from x to its first tap; rows, columns: its taps inside. */
LAPEL_NOINLINE void lapel_depthwise_dsp_border(int8_t *y, const int8_t *x, lapel_index first, lapel_span rows,
                                               lapel_span columns, const lapel_depthwise_dsp_taps *t)
{
    const LAPEL_ROM lapel_depthwise_dsp_params *p = t->p;
    const lapel_index x_row = t->x_skip + p->kernel_w * t->x_step;
    lapel_depthwise_dsp_taps copied = {p, 4, 0};
    uint32_t copy[LAPEL_DEPTHWISE_DSP_TAPS];

    for (lapel_index k = 0; k < LAPEL_DEPTHWISE_DSP_TAPS; k++) {
        copy[k] = lapel_repeat4(p->x_zero);
    }
    for (lapel_index o = 0; o < p->channels; o += 4) {
        o = lapel_depthwise_dsp_block(o, p);
        for (lapel_index u = rows.first; u < rows.end; u++) {
            lapel_index at = first + o + u * x_row + columns.first * t->x_step;
            uint32_t *to = copy + u * p->kernel_w + columns.first;

            for (lapel_index left = columns.end - columns.first; left > 0; left--) {
                *to++ = lapel_read4(x + at);
                at += t->x_step;
            }
        }
        lapel_depthwise_dsp_four(y + o, (const int8_t *)copy, o, &copied);
    }
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

    if (inside != p->kernel_h * p->kernel_w) {
        lapel_depthwise_dsp_border(y, x, first, rows, columns, t);
        return;
    }
    for (lapel_index o = 0; o < p->channels; o += 4) {
        o = lapel_depthwise_dsp_block(o, p);
        lapel_depthwise_dsp_four(y + o, x + (first + o), o, t);
    }
}

void lapel_depthwise_dsp(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_dsp_params *p)
{
    lapel_depthwise_dsp_taps t;

    t.p = p;
    t.x_step = p->dilation_w * p->channels;
    t.x_skip = p->dilation_h * p->in_w * p->channels - p->kernel_w * t.x_step;
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
