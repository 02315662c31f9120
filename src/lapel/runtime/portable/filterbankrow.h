/* A filter bank's sums of one row. */
#ifndef LAPEL_FILTERBANKROW_H
#define LAPEL_FILTERBANKROW_H

#include "filterbank.h"

/* Adds a band to the channel that begins there, sum[0], and to the one that ends, sum[1]. */
LAPEL_NOINLINE void lapel_filterbank_band(uint64_t *sum, const uint32_t *x, const LAPEL_ROM uint16_t *pair,
                                          lapel_index width)
{
    uint64_t begins = sum[0], ends = 0;

    for (; width > 0; width--) {
        const uint32_t energy = *x++;

        begins += (uint64_t)energy * pair[0];
        ends += (uint64_t)energy * pair[1];
        pair += 2;
    }
    sum[0] = begins;
    sum[1] = ends;
}

LAPEL_INLINE void lapel_filterbank_row(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_filterbank_params *p)
{
    const LAPEL_ROM uint16_t *pair = p->pairs;
    uint64_t sum[2] = { 0, 0 };

    for (lapel_index band = 0; band <= p->channels; band++) {
        const lapel_index width = (lapel_index)p->widths[band];

        sum[0] = sum[1];
        lapel_filterbank_band(sum, x + p->starts[band], pair, width);
        pair += 2 * (size_t)width;
        if (band > 0) {
            *y++ = sum[0];
        }
    }
}

#endif
