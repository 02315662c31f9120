/* The sums of one row in a filter bank of triangles. */
#ifndef LAPEL_TRIANGLESROW_H
#define LAPEL_TRIANGLESROW_H

#include "triangles.h"

LAPEL_INLINE void lapel_triangles_row(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_triangles_params *p)
{
    const LAPEL_ROM uint16_t *weight = p->weights;
    const uint32_t whole = p->whole;
    uint64_t begins = 0;

    for (lapel_index band = 0; band <= p->channels; band++) {
        const uint32_t *bin = x + p->starts[band];
        uint64_t ends = 0;

        for (lapel_index n = (lapel_index)p->widths[band]; n > 0; n--) {
            const uint32_t energy = *bin++, share = *weight++;

            begins += (uint64_t)energy * share;
            ends += (uint64_t)energy * (whole - share);
        }
        if (band > 0) {
            *y++ = begins;
        }
        begins = ends;
    }
}

#endif
