#include "conv_pairs.h"
#include "pairsums.h"

/* The windows of two pixels, all taps of which are inside x. */
LAPEL_NOINLINE void lapel_conv_pairs_gather(int32_t *to, const lapel_wordpixel *pixel,
                                            const LAPEL_ROM lapel_wordpixels_shape *p)
{
    const lapel_index run = (lapel_index)(p->kernel_w * p->in_c);
    const lapel_index skip = (lapel_index)(p->dilation_h * p->in_w * p->in_c - run);
    const int8_t *x = lapel_wordpixels_first(pixel, p), *u = lapel_wordpixels_first(pixel + 1, p);

    for (lapel_index row = p->kernel_h; row > 0; row--) {
        for (const int8_t *const end = x + run; x != end; x++) {
            *to = (int32_t)(((uint32_t)*u++ << 16) + (uint32_t)*x);
            to += 2;
        }
        x += skip;
        u += skip;
    }
}

/* The windows of two pixels. */
static void lapel_conv_pairs_read(int32_t *to, const lapel_wordpixel *pixel, const LAPEL_ROM lapel_wordpixels_shape *p)
{
    if (lapel_wordpixels_inside(pixel, p) && lapel_wordpixels_inside(pixel + 1, p)) {
        lapel_conv_pairs_gather(to, pixel, p);
        return;
    }
    lapel_wordpixels_set(to, pixel, p);
    lapel_wordpixels_add(to, pixel + 1, 16, p);
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
        y += p->shape.out_c;
    }
}

/* The same of a plain layer. */
LAPEL_INLINE void lapel_conv_pairs_plain(int8_t *y, const int32_t *sums, lapel_index pixels, lapel_index o,
                                         const LAPEL_ROM lapel_conv_pairs_params *p)
{
    const lapel_index at = p->per_channel ? o : 0, next = p->shape.out_c;
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

    for (lapel_index o = 0; o < p->shape.out_c; o = (lapel_index)(o + 2)) {
        int32_t sums[8];

        lapel_pairsums(sums, p->shape.scratch, &block);
        for (lapel_index i = 0; i < 2 && o + i < p->shape.out_c; i++) {
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
    const LAPEL_ROM lapel_wordpixels_shape *shape = &p->shape;
    lapel_wordpixel at = lapel_wordpixels_begin(x, shape);
    lapel_index left = (lapel_index)(shape->batches * shape->out_h * shape->out_w);
    int32_t *const last = shape->scratch + 2 * (shape->taps - 1);

    last[0] = last[1] = 0;
    for (; left > 0; left = (lapel_index)(left - 4)) {
        lapel_wordpixel pixel[4];

        lapel_wordpixels_take(pixel, 4, &at, left, shape);
        lapel_conv_pairs_read(shape->scratch, pixel, shape);
        lapel_conv_pairs_read(shape->scratch + 1, pixel + 2, shape);
        lapel_conv_pairs_pixels(y, left < 4 ? left : 4, p);
        y += 4 * shape->out_c;
    }
}
