#include "conv_pairs.h"
#include "pairsums.h"

/* Where the window of a pixel begins. */
typedef struct {
    const int8_t *x; /* its image */
    lapel_index top;
    lapel_index left;
    lapel_index row; /* of y */
    lapel_index column;
} lapel_conv_pairs_pixel;

static void lapel_conv_pairs_next(lapel_conv_pairs_pixel *at, const LAPEL_ROM lapel_conv_pairs_params *p)
{
    at->left = (lapel_index)(at->left + p->stride_w);
    if (++at->column < p->out_w) {
        return;
    }
    at->column = 0;
    at->left = (lapel_index)-p->pad_left;
    at->top = (lapel_index)(at->top + p->stride_h);
    if (++at->row < p->out_h) {
        return;
    }
    at->row = 0;
    at->top = (lapel_index)-p->pad_top;
    at->x += p->in_h * p->in_w * p->in_c;
}

static int lapel_conv_pairs_inside(const lapel_conv_pairs_pixel *at, const LAPEL_ROM lapel_conv_pairs_params *p)
{
    return at->top >= 0 && at->top + (p->kernel_h - 1) * p->dilation_h < p->in_h && at->left >= 0 &&
           at->left + p->kernel_w <= p->in_w;
}

/* The windows of two pixels, all taps of which are inside x. */
LAPEL_NOINLINE void lapel_conv_pairs_gather(int32_t *to, const lapel_conv_pairs_pixel *pixel,
                                            const LAPEL_ROM lapel_conv_pairs_params *p)
{
    const lapel_index run = (lapel_index)(p->kernel_w * p->in_c), line = (lapel_index)(p->in_w * p->in_c);
    const lapel_index skip = (lapel_index)(p->dilation_h * line - run);
    const int8_t *x = pixel[0].x + pixel[0].top * line + pixel[0].left * p->in_c;
    const int8_t *u = pixel[1].x + pixel[1].top * line + pixel[1].left * p->in_c;

    for (lapel_index row = p->kernel_h; row > 0; row--) {
        for (const int8_t *const end = x + run; x != end; x++) {
            *to = (int32_t)(((uint32_t)*u++ << 16) + (uint32_t)*x);
            to += 2;
        }
        x += skip;
        u += skip;
    }
}

/* Every second word from `to` on: what is kept of it and a value of x, times 2^shift. */
LAPEL_INLINE int32_t *lapel_conv_pairs_copy(int32_t *to, const int8_t *x, lapel_index count, int_fast8_t shift)
{
    for (const int8_t *const end = x + count; x != end; x++) {
        const uint32_t value = (uint32_t)*x << shift;

        *to = (int32_t)(shift > 0 ? (uint32_t)*to + value : value);
        to += 2;
    }
    return to;
}

LAPEL_INLINE int32_t *lapel_conv_pairs_fill(int32_t *to, uint32_t value, lapel_index count, int_fast8_t shift)
{
    for (; count > 0; count--) {
        *to = (int32_t)(shift > 0 ? (uint32_t)*to + value : value);
        to += 2;
    }
    return to;
}

/* The window of a pixel times 2^shift, added to what is there unless shift is 0; x_zero where it is outside x: that
 * contributes nothing. */
LAPEL_FORCE_INLINE void lapel_conv_pairs_window(int32_t *to, const lapel_conv_pairs_pixel *at, int_fast8_t shift,
                                                const LAPEL_ROM lapel_conv_pairs_params *p)
{
    const lapel_span h = lapel_clip(at->left, p->kernel_w, 1, p->in_w);
    const lapel_index before = (lapel_index)(h.first * p->in_c), inside = (lapel_index)((h.end - h.first) * p->in_c);
    const lapel_index run = (lapel_index)(p->kernel_w * p->in_c), line = (lapel_index)(p->in_w * p->in_c);
    const uint32_t zero = (uint32_t)p->x_zero << shift;
    lapel_index top = at->top;

    for (lapel_index row = p->kernel_h; row > 0; row--) {
        if (top < 0 || top >= p->in_h || inside == 0) {
            to = lapel_conv_pairs_fill(to, zero, run, shift);
        } else {
            to = lapel_conv_pairs_fill(to, zero, before, shift);
            to = lapel_conv_pairs_copy(to, at->x + top * line + at->left * p->in_c + before, inside, shift);
            to = lapel_conv_pairs_fill(to, zero, (lapel_index)(run - before - inside), shift);
        }
        top = (lapel_index)(top + p->dilation_h);
    }
}

LAPEL_NOINLINE void lapel_conv_pairs_first(int32_t *to, const lapel_conv_pairs_pixel *at,
                                           const LAPEL_ROM lapel_conv_pairs_params *p)
{
    lapel_conv_pairs_window(to, at, 0, p);
}

LAPEL_NOINLINE void lapel_conv_pairs_second(int32_t *to, const lapel_conv_pairs_pixel *at,
                                            const LAPEL_ROM lapel_conv_pairs_params *p)
{
    lapel_conv_pairs_window(to, at, 16, p);
}

/* The windows of two pixels. */
static void lapel_conv_pairs_read(int32_t *to, const lapel_conv_pairs_pixel *pixel,
                                  const LAPEL_ROM lapel_conv_pairs_params *p)
{
    if (lapel_conv_pairs_inside(pixel, p) && lapel_conv_pairs_inside(pixel + 1, p)) {
        lapel_conv_pairs_gather(to, pixel, p);
        return;
    }
    lapel_conv_pairs_first(to, pixel, p);
    lapel_conv_pairs_second(to, pixel + 1, p);
}

/* A channel of some pixels, whose sums are without its bias, as lapel_requantize has it. */
LAPEL_NOINLINE void lapel_conv_pairs_any(int8_t *y, const int32_t *sums, lapel_index pixels, lapel_index o,
                                         const LAPEL_ROM lapel_conv_pairs_params *p)
{
    const lapel_index at = p->per_channel ? o : 0;
    const int32_t bias = p->bias[o];

    for (; pixels > 0; pixels--) {
        const uint32_t v = (uint32_t)lapel_requantize(*sums++ + bias, p->mul[at], p->shift[at]) + (uint32_t)p->y_zero;

        *y = lapel_clamp((int32_t)v, p->lo, p->hi);
        y += p->out_c;
    }
}

/* The same of a plain layer. */
LAPEL_INLINE void lapel_conv_pairs_plain(int8_t *y, const int32_t *sums, lapel_index pixels, lapel_index o,
                                         const LAPEL_ROM lapel_conv_pairs_params *p)
{
    const lapel_index at = p->per_channel ? o : 0, next = p->out_c;
    const int32_t mul = p->mul[at], drop = -2 - p->shift[at], hi = p->hi, bias = p->bias[o], offset = 2 * p->y_zero + 1;

    for (const int32_t *const end = sums + pixels; sums != end; sums++) {
        const int32_t v = (lapel_requantize_twice(*sums + bias, mul, drop) + offset) >> 1;

        *y = (int8_t)(v != (int8_t)v ? (v >> 31) ^ hi : v);
        y += next;
    }
}

/* All channels of one to four pixels. */
LAPEL_NOINLINE void lapel_conv_pairs_pixels(int8_t *y, lapel_index pixels, const LAPEL_ROM lapel_conv_pairs_params *p)
{
    lapel_pairsums_block block = {p->w, p->runs};

    for (lapel_index o = 0; o < p->out_c; o = (lapel_index)(o + 2)) {
        int32_t sums[8];

        lapel_pairsums(sums, p->scratch, &block);
        for (lapel_index i = 0; i < 2 && o + i < p->out_c; i++) {
            if (p->plain) {
                lapel_conv_pairs_plain(y + o + i, sums + 4 * i, pixels, (lapel_index)(o + i), p);
            } else {
                lapel_conv_pairs_any(y + o + i, sums + 4 * i, pixels, (lapel_index)(o + i), p);
            }
        }
    }
}

void lapel_conv_pairs(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_pairs_params *p)
{
    lapel_conv_pairs_pixel at = {x, (lapel_index)-p->pad_top, (lapel_index)-p->pad_left, 0, 0};
    lapel_index left = (lapel_index)(p->batches * p->out_h * p->out_w);
    int32_t *const last = p->scratch + 2 * (p->taps - 1);

    last[0] = last[1] = 0;
    for (; left > 0; left = (lapel_index)(left - 4)) {
        lapel_conv_pairs_pixel pixel[4];

        for (lapel_index i = 0; i < 4; i++) {
            pixel[i] = at;
            if (i < left - 1) {
                lapel_conv_pairs_next(&at, p);
            }
        }
        lapel_conv_pairs_read(p->scratch, pixel, p);
        lapel_conv_pairs_read(p->scratch + 1, pixel + 2, p);
        lapel_conv_pairs_pixels(y, left < 4 ? left : 4, p);
        y += 4 * p->out_c;
    }
}
