#include "conv_pairs_three.h"
#include "threesums.h"

/* The windows of three pixels, all taps of which are inside x. */
LAPEL_NOINLINE void lapel_conv_pairs_three_gather(int32_t *to, const lapel_wordpixel *pixel,
                                              const LAPEL_ROM lapel_wordpixels_shape *p)
{
    const lapel_index run = (lapel_index)(p->kernel_w * p->in_c);
    const lapel_index skip = (lapel_index)(p->dilation_h * p->in_w * p->in_c - run);
    const int8_t *a = lapel_wordpixels_first(pixel, p), *b = lapel_wordpixels_first(pixel + 1, p);
    const int8_t *c = lapel_wordpixels_first(pixel + 2, p);

    for (lapel_index row = p->kernel_h; row > 0; row--) {
        for (const int8_t *const end = a + run; a != end; a++) {
            const int32_t shared = *b++;

            to[0] = shared * (1 << 21) + *a;
            to[1] = shared * (1 << 10) + *c++;
            to += 2;
        }
        a += skip;
        b += skip;
        c += skip;
    }
}

/* The windows of three pixels. */
static void lapel_conv_pairs_three_read(int32_t *to, const lapel_wordpixel *pixel,
                                    const LAPEL_ROM lapel_wordpixels_shape *p)
{
    if (lapel_wordpixels_inside(pixel, p) && lapel_wordpixels_inside(pixel + 1, p) &&
        lapel_wordpixels_inside(pixel + 2, p)) {
        lapel_conv_pairs_three_gather(to, pixel, p);
        return;
    }
    lapel_wordpixels_set(to, pixel, p);
    lapel_wordpixels_add(to, pixel + 1, 21, p);
    lapel_wordpixels_set(to + 1, pixel + 2, p);
    lapel_wordpixels_add(to + 1, pixel + 1, 10, p);
}

/* All channels of three pixels; where there are fewer, the last one is there more than once. */
static void lapel_conv_pairs_three_write(int8_t *y, lapel_index left, const LAPEL_ROM lapel_conv_pairs_three_params *p)
{
    const LAPEL_ROM lapel_wordpixels_shape *shape = &p->shape;
    lapel_three_job job;

    job.y0 = y;
    job.y1 = y + (left > 1 ? shape->out_c : 0);
    job.y2 = left > 2 ? y + 2 * shape->out_c : job.y1;
    job.w = p->w;
    job.each = p->each;
    job.x = shape->scratch;
    job.end = shape->scratch + 2 * shape->taps;
    job.segment = 2 * p->segment * (int32_t)sizeof(int32_t);
    job.channels = shape->out_c;
    job.offset = 2 * p->y_zero + 1;
    lapel_three_pixels(&job);
}

void lapel_conv_pairs_three(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_pairs_three_params *p)
{
    const LAPEL_ROM lapel_wordpixels_shape *shape = &p->shape;
    lapel_wordpixel at = lapel_wordpixels_begin(x, shape);
    lapel_index left = (lapel_index)(shape->batches * shape->out_h * shape->out_w);
    int32_t *const last = shape->scratch + 2 * (shape->taps - 1);

    last[0] = last[1] = 0;
    for (; left > 0; left = (lapel_index)(left - 3)) {
        lapel_wordpixel pixel[3];

        lapel_wordpixels_take(pixel, 3, &at, left, shape);
        lapel_conv_pairs_three_read(shape->scratch, pixel, shape);
        lapel_conv_pairs_three_write(y, left, p);
        y += 3 * shape->out_c;
    }
}
