#include "depthwise_mve_large.h"

/* What the chunks of a layer share, and the current one. */
typedef struct {
    lapel_depthwise_mve_job job;
    const int8_t **taps;
    const int8_t *outside;
    lapel_index lanes; /* output channels of the chunk */
    lapel_index out_c;
} lapel_depthwise_mve_large_work;

/* The taps of the pixel whose first one is at (top, left); those that are not in x are `outside`. */
static void lapel_depthwise_mve_large_locate(const lapel_depthwise_mve_large_work *k, const int8_t *x, lapel_index top,
                                             lapel_index left, const LAPEL_ROM lapel_depthwise_mve_large_params *p)
{
    const int8_t **taps = k->taps;

    for (lapel_index u = 0; u < p->kernel_h; u++) {
        const lapel_index row = (lapel_index)(top + u * p->dilation_h);
        const uint32_t end = (uint32_t)row < (uint32_t)p->in_h ? (uint32_t)p->in_w : 0; /* negative ones are beyond */

        for (lapel_index v = 0; v < p->kernel_w; v++) {
            const lapel_index column = (lapel_index)(left + v * p->dilation_w);

            *taps++ = (uint32_t)column < end ? x + (row * p->in_w + column) * p->in_c : k->outside;
        }
    }
    *taps = taps[-1]; /* there may be an odd number, and the weights of this one are 0 */
}

/* One row of output pixels whose first taps are in row `top` of x. */
static void lapel_depthwise_mve_large_row(int8_t *y, const int8_t *x, lapel_index top,
                                          lapel_depthwise_mve_large_work *k,
                                          const LAPEL_ROM lapel_depthwise_mve_large_params *p)
{
    const lapel_index last = (lapel_index)((p->kernel_h - 1) * p->dilation_h);
    const lapel_index end = top >= 0 && top + last < p->in_h ? p->x_end : 0;
    lapel_depthwise_mve_job *const j = &k->job;

    for (lapel_index i = 0; i < p->out_w;) {
        const lapel_index room = i >= p->x_first && i < end ? (lapel_index)(end - i) : 1;
        const lapel_index fold = room >= p->fold ? p->fold : 1;
        const lapel_index groups = room / fold;

        lapel_depthwise_mve_large_locate(k, x, top, (lapel_index)(i * p->stride_w - p->pad_left), p);
        j->lanes = (lapel_index)(fold * k->lanes);
        j->x_next = (lapel_index)(fold * p->stride_w * p->in_c);
        j->y_next = (lapel_index)(fold * k->out_c);
        if (p->multiplier == 1) {
            lapel_depthwise_mve_pixels(y, k->taps, j, groups);
        } else {
            lapel_depthwise_mve_spread(y, k->taps, j, groups);
        }
        y += groups * j->y_next;
        i = (lapel_index)(i + groups * fold);
    }
}

LAPEL_NOINLINE void lapel_depthwise_mve_large_images(int8_t *y, const int8_t *x, const int8_t **taps,
                                                     const LAPEL_ROM lapel_depthwise_mve_large_params *p)
{
    const lapel_index chunk = LAPEL_DEPTHWISE_MVE_LARGE_CHUNK;
    int8_t outside[LAPEL_DEPTHWISE_MVE_LARGE_CHUNK];
    lapel_depthwise_mve_large_work k;
    lapel_index vector; /* bytes of its weights */

    lapel_mve_fill(outside, p->x_zero, chunk);
    k.taps = taps;
    k.outside = outside;
    k.out_c = (lapel_index)(p->in_c * p->multiplier);
    k.job.zero = p->y_zero;
    k.job.lo = p->lo;
    k.job.hi = p->hi;
    k.job.away = p->lo < p->y_zero;
    k.job.pairs = (lapel_index)((p->kernel_h * p->kernel_w + 1) >> 1);
    vector = (lapel_index)(32 * k.job.pairs + (p->multiplier == 1 ? 0 : 16));
    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->out_h; i++) {
            const lapel_index top = (lapel_index)(i * p->stride_h - p->pad_top);

            k.job.w = p->w;
            k.job.table = p->table;
            for (lapel_index c = 0; c < p->in_c; c = (lapel_index)(c + chunk)) {
                k.lanes = (lapel_index)((p->in_c - c < chunk ? p->in_c - c : chunk) * p->multiplier);
                lapel_depthwise_mve_large_row(y + c * p->multiplier, x + c, top, &k, p);
                k.job.w += k.lanes / 16 * vector;
                k.job.table += k.lanes / 16 * 36;
            }
            y += p->out_w * k.out_c;
        }
        x += p->in_h * p->in_w * p->in_c;
    }
}

/* The same with room for so many taps: an application pays for no more stack than its layers need. */
LAPEL_NOINLINE void lapel_depthwise_mve_large_few(int8_t *y, const int8_t *x,
                                               const LAPEL_ROM lapel_depthwise_mve_large_params *p)
{
    const int8_t *taps[LAPEL_DEPTHWISE_MVE_LARGE_FEW + 1];

    lapel_depthwise_mve_large_images(y, x, taps, p);
}

LAPEL_NOINLINE void lapel_depthwise_mve_large_many(int8_t *y, const int8_t *x,
                                               const LAPEL_ROM lapel_depthwise_mve_large_params *p)
{
    const int8_t *taps[LAPEL_DEPTHWISE_MVE_LARGE_MOST + 1];

    lapel_depthwise_mve_large_images(y, x, taps, p);
}

void lapel_depthwise_mve_large(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_mve_large_params *p)
{
    if (p->kernel_h * p->kernel_w <= LAPEL_DEPTHWISE_MVE_LARGE_FEW) {
        lapel_depthwise_mve_large_few(y, x, p);
    } else {
        lapel_depthwise_mve_large_many(y, x, p);
    }
}
