/* Rows of a depthwise convolution with the instructions of dsp.h, four neighbouring outputs of a channel at a time.
 * Cells are words of two 16-bit halves, neighbouring columns, so that one instruction multiplies two taps: with (x0, x1),
 * (x2, x3), … and the weights (w0, w1), (w2, w3), … With stride 1 every second output has (0, w0), (w1, w2), … instead.
 * Weights and bias are doubled: see dspscale.h. */
#ifndef LAPEL_DSPTAPS_H
#define LAPEL_DSPTAPS_H

#include "dspscale.h"

/* The row of taps w in pairs, 0 where there is no tap: (w0, w1), …, or each before (0, w0), … for stride 1. */
LAPEL_INLINE uint32_t *lapel_dsp_pair_taps(uint32_t *to, const LAPEL_ROM int8_t *w, lapel_index left, lapel_index pairs,
                                           lapel_index stride)
{
    int32_t before = 0;

    for (; pairs > 0; pairs--) {
        const int32_t even = left > 0 ? 2 * w[0] : 0, odd = left > 1 ? 2 * w[1] : 0;

        *to++ = lapel_pkhbt((uint32_t)even, (uint32_t)odd);
        if (stride == 1) {
            *to++ = lapel_pkhbt((uint32_t)before, (uint32_t)even);
        }
        before = odd;
        left -= 2;
        w += 2;
    }
    return to;
}

/* The first n of four outputs, n > 0, to y, y + step, …; where y would go on. */
LAPEL_INLINE int8_t *lapel_dsp_put_four(int8_t *y, lapel_index step, lapel_index n, const int32_t *sum, uint32_t mul,
                                        uint32_t add, int32_t right)
{
    *y = lapel_dsp_scale(sum[0], sum[0], mul, add, right);
    y += step;
    if (n > 1) {
        *y = lapel_dsp_scale(sum[1], sum[1], mul, add, right);
        y += step;
    }
    if (n > 2) {
        *y = lapel_dsp_scale(sum[2], sum[2], mul, add, right);
        y += step;
    }
    if (n > 3) {
        *y = lapel_dsp_scale(sum[3], sum[3], mul, add, right);
        y += step;
    }
    return y;
}

#endif
