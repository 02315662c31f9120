/* Spectral subtraction of one row (SPEC 10). */
#ifndef LAPEL_SPECTRALROW_H
#define LAPEL_SPECTRALROW_H

#include "spectralsubtraction.h"

LAPEL_INLINE void lapel_spectral_row(uint32_t *y, uint32_t *noise, const uint32_t *x, const uint32_t *state,
                                     const LAPEL_ROM lapel_spectralsubtraction_params *p)
{
    const uint8_t bits = p->bits, up = p->smoothing_bits;

    for (lapel_index c = 0; c < p->channels; c++) {
        const uint32_t signal = x[c], scaled = signal << up;
        const uint32_t estimate =
            (uint32_t)(((uint64_t)scaled * p->smoothing[c & 1] + (uint64_t)state[c] * p->kept[c & 1]) >> bits);
        const uint32_t known = estimate < scaled ? estimate : scaled;
        const uint32_t floor = (uint32_t)((uint64_t)signal * p->floor >> bits);
        const uint32_t left = (scaled - known) >> up;

        noise[c] = p->clamping ? known : estimate;
        y[c] = left > floor ? left : floor;
    }
}

#endif
