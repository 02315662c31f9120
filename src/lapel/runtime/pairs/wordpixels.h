/* Convolutions whose words hold values of several pixels: their windows. */
#ifndef LAPEL_WORDPIXELS_H
#define LAPEL_WORDPIXELS_H

#include "lapel.h"
#include "window.h"

typedef struct {
    int32_t *scratch;    /* [taps][2], windows of some pixels */
    lapel_index batches; /* >= 1 */
    lapel_index in_h;    /* >= 1 */
    lapel_index in_w;    /* >= 1 */
    lapel_index in_c;    /* >= 1 */
    lapel_index out_h;   /* >= 1; out_h * stride_h + kernel_h * dilation_h <= 100000000 */
    lapel_index out_w;   /* >= 1; out_w * stride_w + kernel_w <= 100000000 */
    lapel_index out_c;   /* >= 1 */
    lapel_index taps;    /* taps == up(kernel_h * kernel_w * in_c, 2) */
    int16_t kernel_h;    /* >= 1 */
    int16_t kernel_w;    /* >= 1 */
    int16_t stride_h;    /* >= 1 */
    int16_t stride_w;    /* >= 1 */
    int16_t dilation_h;  /* >= 1 */
    int16_t pad_top;
    int16_t pad_left;
    int16_t x_zero;      /* -128..127 */
} lapel_wordpixels_shape;

/* Where the window of a pixel begins. */
typedef struct {
    const int8_t *x; /* its image */
    lapel_index top;
    lapel_index left;
    lapel_index row; /* of y */
    lapel_index column;
} lapel_wordpixel;

static lapel_wordpixel lapel_wordpixels_begin(const int8_t *x, const LAPEL_ROM lapel_wordpixels_shape *p)
{
    const lapel_wordpixel first = {x, (lapel_index)-p->pad_top, (lapel_index)-p->pad_left, 0, 0};

    return first;
}

static void lapel_wordpixels_next(lapel_wordpixel *at, const LAPEL_ROM lapel_wordpixels_shape *p)
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

/* `count` pixels from `at` on, of which there are `left`: the last one again where there are none. Moves `at` behind
 * them. */
static void lapel_wordpixels_take(lapel_wordpixel *pixel, lapel_index count, lapel_wordpixel *at, lapel_index left,
                                  const LAPEL_ROM lapel_wordpixels_shape *p)
{
    for (lapel_index i = 0; i < count; i++) {
        pixel[i] = *at;
        if (i < left - 1) {
            lapel_wordpixels_next(at, p);
        }
    }
}

/* Whether all taps of a pixel are inside x. */
static int lapel_wordpixels_inside(const lapel_wordpixel *at, const LAPEL_ROM lapel_wordpixels_shape *p)
{
    return at->top >= 0 && at->top + (p->kernel_h - 1) * p->dilation_h < p->in_h && at->left >= 0 &&
           at->left + p->kernel_w <= p->in_w;
}

/* The value of x of a pixel's first tap, which is inside. */
LAPEL_INLINE const int8_t *lapel_wordpixels_first(const lapel_wordpixel *at, const LAPEL_ROM lapel_wordpixels_shape *p)
{
    return at->x + (at->top * p->in_w + at->left) * p->in_c;
}

/* Every second word from `to` on: a value of x times 2^shift, added to what is there unless shift is 0. */
LAPEL_INLINE int32_t *lapel_wordpixels_copy(int32_t *to, const int8_t *x, lapel_index count, int_fast8_t shift)
{
    for (const int8_t *const end = x + count; x != end; x++) {
        const uint32_t value = (uint32_t)*x << shift;

        *to = (int32_t)(shift > 0 ? (uint32_t)*to + value : value);
        to += 2;
    }
    return to;
}

LAPEL_INLINE int32_t *lapel_wordpixels_fill(int32_t *to, uint32_t value, lapel_index count, int_fast8_t shift)
{
    for (; count > 0; count--) {
        *to = (int32_t)(shift > 0 ? (uint32_t)*to + value : value);
        to += 2;
    }
    return to;
}

/* The window of a pixel times 2^shift, added to what is there unless shift is 0; x_zero where it is outside x: that
 * contributes nothing. */
LAPEL_FORCE_INLINE void lapel_wordpixels_window(int32_t *to, const lapel_wordpixel *at, int_fast8_t shift,
                                                const LAPEL_ROM lapel_wordpixels_shape *p)
{
    const lapel_span h = lapel_clip(at->left, p->kernel_w, 1, p->in_w);
    const lapel_index before = (lapel_index)(h.first * p->in_c), inside = (lapel_index)((h.end - h.first) * p->in_c);
    const lapel_index run = (lapel_index)(p->kernel_w * p->in_c), line = (lapel_index)(p->in_w * p->in_c);
    const uint32_t zero = (uint32_t)p->x_zero << shift;
    lapel_index top = at->top;

    for (lapel_index row = p->kernel_h; row > 0; row--) {
        if (top < 0 || top >= p->in_h || inside == 0) {
            to = lapel_wordpixels_fill(to, zero, run, shift);
        } else {
            to = lapel_wordpixels_fill(to, zero, before, shift);
            to = lapel_wordpixels_copy(to, at->x + top * line + at->left * p->in_c + before, inside, shift);
            to = lapel_wordpixels_fill(to, zero, (lapel_index)(run - before - inside), shift);
        }
        top = (lapel_index)(top + p->dilation_h);
    }
}

LAPEL_NOINLINE void lapel_wordpixels_set(int32_t *to, const lapel_wordpixel *at,
                                         const LAPEL_ROM lapel_wordpixels_shape *p)
{
    lapel_wordpixels_window(to, at, 0, p);
}

/* shift: 1..31 */
LAPEL_NOINLINE void lapel_wordpixels_add(int32_t *to, const lapel_wordpixel *at, int_fast8_t shift,
                                         const LAPEL_ROM lapel_wordpixels_shape *p)
{
    lapel_wordpixels_window(to, at, shift, p);
}

#endif
