/* How far a row of samples is shifted to the left, from the bits of their magnitudes (SPEC 10). */
#ifndef LAPEL_AUTOSCALE_H
#define LAPEL_AUTOSCALE_H

#include "lapel.h"

/* The greatest magnitude of a row that has -32768 somewhere, whose magnitude is itself: it is less than all others, so
 * that the search starts anew behind it, and not from 0. No more than 0 if there is no bit to be found. */
LAPEL_SHARED int16_t lapel_autoscale_greatest(const int16_t *x, lapel_index length)
{
    int16_t most = 0;

    for (lapel_index i = 0; i < length; i++) {
        const int16_t v = x[i];

        if (v > most) {
            most = v;
        } else if (-(int32_t)v > most) {
            most = v == INT16_MIN ? v : (int16_t)-v;
        }
    }
    return most;
}

/* found: the bits of all magnitudes in a row, the highest one of which is that of the greatest magnitude. */
LAPEL_SHARED int_fast8_t lapel_autoscale_shift(uint32_t found, const int16_t *x, lapel_index length)
{
    int_fast8_t shift = 0;

    if (found >= 0x8000u) {
        const int16_t most = lapel_autoscale_greatest(x, length);

        found = most < 0 ? 0u : (uint16_t)most;
    }
    while (found != 0 && found < 0x4000u) {
        found <<= 1;
        shift++;
    }
    return shift;
}

#endif
