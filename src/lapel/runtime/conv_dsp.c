#include "conv_dsp.h"

/* Words on the stack: 36 blocks of int16 for two pixels, or 144 blocks of int8 for one. */
#define LAPEL_CONV_DSP_WORDS 144

/* `count` bytes as int16 to blocks of four words, of which two are this pixel's; the last word is filled with zeros.
 * Returns the next block. */
LAPEL_NOINLINE uint32_t *lapel_conv_dsp_expand(uint32_t *to, const int8_t *x, lapel_index count)
{
    for (const int8_t *const end = x + (count & ~3); x != end; x += 4) {
        const uint32_t word = lapel_read4(x);

        to[0] = lapel_sxtb16(word);
        to[1] = lapel_sxtb16_odd(word);
        to += 4;
    }
    if ((count & 3) != 0) {
        uint32_t word = 0;

        for (lapel_index k = (count & 3) - 1; k >= 0; k--) {
            word = word << 8 | (uint8_t)x[k];
        }
        to[0] = lapel_sxtb16(word);
        to[1] = lapel_sxtb16_odd(word);
        to += 4;
    }
    return to;
}

/* A run of a window, as int16 (to blocks, see above) or as int8: copied from x, or zero points if x is 0. */
static int8_t *lapel_conv_dsp_run(int8_t *to, const int8_t *x, lapel_index count, int wide, int8_t zero)
{
    if (wide && x != 0) {
        return (int8_t *)lapel_conv_dsp_expand((uint32_t *)(void *)to, x, count);
    }
    if (wide) {
        const uint32_t word = 0x10001u * (uint16_t)zero;

        for (; count > 0; count -= 4) {
            ((uint32_t *)(void *)to)[0] = word;
            ((uint32_t *)(void *)to)[1] = word;
            to += 16;
        }
        return to;
    }
    if (x == 0) {
        for (; count > 0; count--) {
            *to++ = zero;
        }
        return to;
    }
    for (; count >= 4; count -= 4) {
        lapel_write4(to, lapel_read4(x));
        to += 4;
        x += 4;
    }
    for (; count > 0; count--) {
        *to++ = *x++;
    }
    return to;
}

/* The window whose first tap is at (top, left). */
static void lapel_conv_dsp_window(int8_t *to, const int8_t *x, lapel_index top, lapel_index left, int wide,
                                  const LAPEL_ROM lapel_conv_dsp_params *p)
{
    const lapel_span h = lapel_clip(left, p->kernel_w, 1, p->in_w);
    const lapel_index whole = (lapel_index)(p->kernel_w * p->in_c);
    const lapel_index before = (lapel_index)(h.first * p->in_c);
    const lapel_index in = (lapel_index)((h.end - h.first) * p->in_c);
    const lapel_index stop = (lapel_index)(top + p->kernel_h * p->dilation_h);
    const int8_t zero = (int8_t)p->x_zero;

    for (; top != stop; top = (lapel_index)(top + p->dilation_h)) {
        if (in == 0 || top < 0 || top >= p->in_h) {
            to = lapel_conv_dsp_run(to, 0, whole, wide, zero);
            continue;
        }
        if (before > 0) {
            to = lapel_conv_dsp_run(to, 0, before, wide, zero);
        }
        to = lapel_conv_dsp_run(to, x + (top * p->in_w + left + h.first) * p->in_c, in, wide, zero);
        if (whole - before - in > 0) {
            to = lapel_conv_dsp_run(to, 0, (lapel_index)(whole - before - in), wide, zero);
        }
    }
}

/* A window as int16, to the blocks at `to`; those of odd lengths are gathered as int8 at `bytes` first. */
static void lapel_conv_dsp_wide(uint32_t *to, uint32_t *bytes, const int8_t *x, lapel_index top, lapel_index left,
                                const LAPEL_ROM lapel_conv_dsp_params *p)
{
    if (p->inside) {
        lapel_conv_dsp_expand(to, x + (top * p->in_w + left) * p->in_c, p->in_c);
    } else if (p->whole) {
        lapel_conv_dsp_window((int8_t *)to, x, top, left, 1, p);
    } else {
        lapel_conv_dsp_window((int8_t *)bytes, x, top, left, 0, p);
        lapel_conv_dsp_expand(to, (const int8_t *)bytes, (lapel_index)(4 * p->blocks));
    }
}

void lapel_conv_dsp(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_params *p)
{
    const lapel_dsp_layer layer = {p->w,      p->bias,  p->scale,          p->scale_step,
                                   p->blocks, p->out_c, 2 * p->y_zero + 1};
    const lapel_index pixels = (lapel_index)(p->batches * p->out_h * p->out_w);
    lapel_index top = (lapel_index)-p->pad_top, left = (lapel_index)-p->pad_left;
    const lapel_index right = (lapel_index)(left + p->out_w * p->stride_w);
    const lapel_index bottom = (lapel_index)(top + p->out_h * p->stride_h);
    uint32_t window[LAPEL_CONV_DSP_WORDS];
    int8_t *const start = y;
    lapel_index second = 0;

    memset(window, 0, sizeof window); /* beyond a window's end there are weights of 0, but also reads */
    for (lapel_index i = 0; i < pixels; i++) {
        if (p->pairs) {
            lapel_conv_dsp_wide(window + 2 * second, window + 4 * p->blocks, x, top, left, p);
            if (second || i + 1 == pixels) {
                lapel_dsp_pairs(y, y + second * p->out_c, window, &layer);
                y += 2 * p->out_c;
            }
            second ^= 1;
        } else {
            const int8_t *from = (const int8_t *)window;

            if (p->inside && p->whole) {
                from = x + (top * p->in_w + left) * p->in_c;
            } else {
                lapel_conv_dsp_window((int8_t *)window, x, top, left, 0, p);
            }
            lapel_dsp_quads(y, from, 0, &layer);
            y += p->out_c;
        }
        left = (lapel_index)(left + p->stride_w);
        if (left == right) {
            left = (lapel_index)-p->pad_left;
            top = (lapel_index)(top + p->stride_h);
            if (top == bottom) {
                top = (lapel_index)-p->pad_top;
                x += p->in_h * p->in_w * p->in_c;
            }
        }
    }
    if (p->clamped) {
        lapel_dsp_clamp(start, (lapel_index)(pixels * p->out_c), p->lo, p->hi);
    }
}
