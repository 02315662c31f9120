/* 2-D convolution over the pixels of images on the DSP extension, of all output channels or a block of them: what
 * `conv_dsp` is, and its variant whose weights are decoded. */
#ifndef LAPEL_DSPPIXELS_H
#define LAPEL_DSPPIXELS_H

#include "dspdot.h"
#include "window.h"

/* The images and the window, in flash. */
typedef struct {
    lapel_index batches; /* >= 1 */
    lapel_index in_h;    /* >= 1 */
    lapel_index in_w;    /* >= 1 */
    lapel_index in_c;    /* >= 1 */
    lapel_index out_h;   /* >= 1; out_h * stride_h + kernel_h * dilation_h <= 100000000 */
    lapel_index out_w;   /* >= 1; out_w * stride_w + kernel_w <= 100000000 */
    lapel_index out_c;   /* >= 1, from one pixel of y to the next */
    lapel_index blocks;  /* blocks == (kernel_h * kernel_w * in_c + 3) / 4 */
    int16_t kernel_h;    /* >= 1 */
    int16_t kernel_w;    /* >= 1 */
    int16_t stride_h;    /* >= 1 */
    int16_t stride_w;    /* >= 1 */
    int16_t dilation_h;  /* >= 1 */
    int16_t pad_top;
    int16_t pad_left;
    int16_t x_zero;      /* -128..127 */
    int8_t pairs;        /* 0 or 1: two pixels at a time */
    int8_t bytes;        /* 0 or 1: as int8; if bytes: pairs == 1 and whole == 1 and in_c == up(in_c, 8) */
    int8_t inside;       /* 0 or 1: one tap, which is always inside x; if inside: kernel_h == 1 and kernel_w == 1;
                          * if inside: pad_top <= 0 and (out_h - 1) * stride_h - pad_top < in_h;
                          * if inside: pad_left <= 0 and (out_w - 1) * stride_w - pad_left < in_w */
    int8_t whole;        /* 0 or 1; if whole: in_c == up(in_c, 4) */
} lapel_conv_dsp_shape;

/* Bytes of which a loop takes less time to copy than a call. */
#define LAPEL_CONV_DSP_FEW 4

/* `count` bytes as int16 to blocks of four words, of which the first and third are this pixel's. Returns the next. */
LAPEL_NOINLINE uint32_t *lapel_conv_dsp_expand(uint32_t *to, const int8_t *x, lapel_index count)
{
    uint32_t u, v;

    for (const int8_t *const end = x + (count & ~7); x != end; x += 8) {
        u = lapel_read4(x);
        v = lapel_read4(x + 4);
        to[0] = lapel_sxtb16(u);
        to[2] = lapel_sxtb16_odd(u);
        to[4] = lapel_sxtb16(v);
        to[6] = lapel_sxtb16_odd(v);
        to += 8;
    }
    if ((count & 4) != 0) {
        u = lapel_read4(x);
        x += 4;
        to[0] = lapel_sxtb16(u);
        to[2] = lapel_sxtb16_odd(u);
        to += 4;
    }
    if ((count & 3) != 0) {
        u = 0;
        for (lapel_index k = count & 3; k > 0; k--) {
            u = u << 8 | (uint8_t)x[k - 1];
        }
        to[0] = lapel_sxtb16(u);
        to[2] = lapel_sxtb16_odd(u);
        to += 4;
    }
    return to;
}

/* `count` bytes, a multiple of eight, to blocks of two words, of which the first is this pixel's. Returns the next. */
LAPEL_NOINLINE uint32_t *lapel_conv_dsp_spread(uint32_t *to, const int8_t *x, lapel_index count)
{
    for (const int8_t *const end = x + count; x != end; x += 8) {
        to[0] = lapel_read4(x);
        to[2] = lapel_read4(x + 4);
        to += 4;
    }
    return to;
}

/* Zero points, a multiple of four or eight. */
LAPEL_NOINLINE uint32_t *lapel_conv_dsp_pad(uint32_t *to, lapel_index count, const LAPEL_ROM lapel_conv_dsp_shape *p)
{
    const uint32_t word = p->bytes ? 0x1010101u * (uint8_t)p->x_zero : 0x10001u * (uint16_t)p->x_zero;

    count >>= p->bytes;
    for (; count > 0; count -= 4) {
        to[0] = word;
        to[2] = word;
        to += 4;
    }
    return to;
}

/* The window whose first tap is at (top, left) as int16, or int8 in every other word; in_c: a multiple of four, or
 * eight. */
LAPEL_NOINLINE void lapel_conv_dsp_wide(uint32_t *to, const int8_t *x, lapel_index top, lapel_index left,
                                const LAPEL_ROM lapel_conv_dsp_shape *p)
{
    const lapel_span h = lapel_clip(left, p->kernel_w, 1, p->in_w);
    const lapel_index whole = (lapel_index)(p->kernel_w * p->in_c);
    const lapel_index before = (lapel_index)(h.first * p->in_c);
    const lapel_index in = (lapel_index)((h.end - h.first) * p->in_c);
    const lapel_index stop = (lapel_index)(top + p->kernel_h * p->dilation_h);

    left = (lapel_index)(left + h.first);
    for (; top != stop; top = (lapel_index)(top + p->dilation_h)) {
        if (in == 0 || top < 0 || top >= p->in_h) {
            to = lapel_conv_dsp_pad(to, whole, p);
        } else {
            if (before > 0) {
                to = lapel_conv_dsp_pad(to, before, p);
            }
            if (p->bytes) {
                to = lapel_conv_dsp_spread(to, x + (top * p->in_w + left) * p->in_c, in);
            } else {
                to = lapel_conv_dsp_expand(to, x + (top * p->in_w + left) * p->in_c, in);
            }
            if (before + in < whole) {
                to = lapel_conv_dsp_pad(to, (lapel_index)(whole - before - in), p);
            }
        }
    }
}

/* `rows` runs of `count` bytes, each `stride` after the last, as one; up to three bytes more are read and written. */
LAPEL_NOINLINE void lapel_conv_dsp_copy(int8_t *to, const int8_t *x, lapel_index rows, lapel_index count,
                                        lapel_index stride)
{
    for (; rows > 0; rows--) {
        for (lapel_index k = 0; k < count; k += 4) {
            lapel_write4(to + k, lapel_read4(x + k));
        }
        to += count;
        x += stride;
    }
}

/* The window at (top, left) as int8, which sticks out of x or touches its end. */
LAPEL_NOINLINE void lapel_conv_dsp_edge(int8_t *to, const int8_t *x, lapel_index top, lapel_index left,
                                        const LAPEL_ROM lapel_conv_dsp_shape *p)
{
    const lapel_index in_c = p->in_c, in_w = p->in_w, whole = (lapel_index)(p->kernel_w * in_c);
    const lapel_index first = left < 0 ? 0 : left, last = left + p->kernel_w < in_w ? left + p->kernel_w : in_w;
    const lapel_index before = (lapel_index)((first - left) * in_c), inside = (lapel_index)((last - first) * in_c);

    memset(to, p->x_zero, (size_t)(p->kernel_h * whole));
    for (lapel_index i = p->kernel_h; i > 0 && inside > 0; i--) {
        if (top >= 0 && top < p->in_h) {
            const int8_t *const from = x + (top * in_w + first) * in_c;

            if (inside > LAPEL_CONV_DSP_FEW) {
                memcpy(to + before, from, (size_t)inside);
            } else {
                for (lapel_index k = 0; k < inside; k++) {
                    to[before + k] = from[k];
                }
            }
        }
        to += whole;
        top = (lapel_index)(top + p->dilation_h);
    }
}

/* The window whose first tap is at (top, left) as int8; the bytes up to the next multiple of four are anything. */
static void lapel_conv_dsp_bytes(int8_t *to, const int8_t *x, lapel_index top, lapel_index left,
                                 const LAPEL_ROM lapel_conv_dsp_shape *p)
{
    const lapel_index in_c = p->in_c, line = (lapel_index)(p->in_w * in_c);
    const lapel_index count = (lapel_index)(p->kernel_w * in_c), stride = (lapel_index)(p->dilation_h * line);
    const lapel_index from = (lapel_index)(top * line + left * in_c);
    const lapel_index end = (lapel_index)(from + (p->kernel_h - 1) * stride + count);

    if (top >= 0 && left >= 0 && left + p->kernel_w <= p->in_w && end + 3 <= p->in_h * line) {
        lapel_conv_dsp_copy(to, x + from, p->kernel_h, count, stride);
    } else {
        lapel_conv_dsp_edge(to, x, top, left, p);
    }
}

/* The window of a pixel as int16, to the blocks at `to`; `bytes`: room for it as int8. */
static void lapel_conv_dsp_gather(uint32_t *to, uint32_t *bytes, const int8_t *x, lapel_index top, lapel_index left,
                                  const LAPEL_ROM lapel_conv_dsp_shape *p)
{
    if (p->inside && !p->bytes) {
        lapel_conv_dsp_expand(to, x + (top * p->in_w + left) * p->in_c, p->in_c);
    } else if (p->whole) {
        lapel_conv_dsp_wide(to, x, top, left, p);
    } else {
        lapel_conv_dsp_bytes((int8_t *)bytes, x, top, left, p);
        lapel_conv_dsp_expand(to, (const int8_t *)bytes, (lapel_index)(4 * p->blocks));
    }
}

/* The channels of a layer of all pixels, with room for windows at `window`: its first words are 0 where they are read
 * before they are written. */
static void lapel_conv_dsp_images(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_dsp_shape *p,
                                  uint32_t *window, const lapel_dsp_layer *layer)
{
    const lapel_index rows = (lapel_index)(p->batches * p->out_h);
    lapel_index top = (lapel_index)-p->pad_top, second = 0;

    for (lapel_index i = 1; i <= rows; i++) {
        lapel_index left = (lapel_index)-p->pad_left;

        for (lapel_index j = p->out_w; j > 0; j--) {
            if (p->pairs) {
                lapel_conv_dsp_gather(window + second, window + 4 * p->blocks, x, top, left, p);
                second ^= 1;
                if (second == 0 || (j == 1 && i == rows)) {
                    lapel_dsp_pairs(second ? y : y - p->out_c, y, window, layer);
                }
            } else if (p->inside && p->whole) {
                lapel_dsp_quads(y, x + (top * p->in_w + left) * p->in_c, 0, layer);
            } else {
                lapel_conv_dsp_bytes((int8_t *)window, x, top, left, p);
                lapel_dsp_quads(y, (const int8_t *)window, 0, layer);
            }
            y += p->out_c;
            left = (lapel_index)(left + p->stride_w);
        }
        top = (lapel_index)(top + p->stride_h);
        if (top == p->out_h * p->stride_h - p->pad_top) {
            top = (lapel_index)-p->pad_top;
            x += p->in_h * p->in_w * p->in_c;
        }
    }
}

#endif
