#include "depthwise_dsp.h"

/* Pixel by pixel, four channels at a time, two taps of a row at a time. Where taps lie outside x, a copy
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
    const lapel_index taps = p->kernel_h * p->kernel_w, x_row = t->x_skip + p->kernel_w * t->x_step;
    lapel_depthwise_dsp_taps copied = {p, 4, 0, t->odd != 0 ? 4 : 0};
    uint32_t copy[LAPEL_DEPTHWISE_DSP_TAPS];

    for (lapel_index k = 0; k < taps; k++) {
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

    if (inside != p->kernel_h * p->kernel_w && p->kernel_h * p->kernel_w <= LAPEL_DEPTHWISE_DSP_TAPS) {
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
