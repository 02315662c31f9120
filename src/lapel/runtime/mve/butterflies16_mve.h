/* Butterflies of spectra as rfft16.h says it, four at a time. */
#ifndef LAPEL_BUTTERFLIES16_MVE_H
#define LAPEL_BUTTERFLIES16_MVE_H

#include "complex16_mve.h"
#include "rfft.h"

#define LAPEL_RFFT16_MVE_HALF 16383
#define LAPEL_RFFT16_MVE_QUARTER 8191

/* Four butterflies: their first values, their second ones, and so on. */
typedef struct {
    lapel_c16 a;
    lapel_c16 b;
    lapel_c16 c;
    lapel_c16 d;
} lapel_rfft16_mve_quad;

/* Sums and differences of butterflies, whose b, c and d are turned. */
LAPEL_FORCE_INLINE void lapel_rfft16_mve_add(lapel_rfft16_mve_quad *v)
{
    const lapel_c16 even = lapel_c16_plus(v->a, v->c), odd = lapel_c16_minus(v->a, v->c);
    const lapel_c16 both = lapel_c16_plus(v->b, v->d), apart = lapel_c16_minus(v->b, v->d);

    v->a = lapel_c16_plus(even, both);
    v->b = lapel_c16_minus_i(odd, apart);
    v->c = lapel_c16_minus(even, both);
    v->d = lapel_c16_plus_i(odd, apart);
}

LAPEL_FORCE_INLINE void lapel_rfft16_mve_scale(lapel_rfft16_mve_quad *v, int16_t factor)
{
    v->a = lapel_c16_scaled(v->a, factor);
    v->b = lapel_c16_scaled(v->b, factor);
    v->c = lapel_c16_scaled(v->c, factor);
    v->d = lapel_c16_scaled(v->d, factor);
}

LAPEL_FORCE_INLINE void lapel_rfft16_mve_turn(lapel_rfft16_mve_quad *v, const LAPEL_ROM uint32_t *turns)
{
    v->b = lapel_c16_turned(v->b, lapel_c16_load(turns));
    v->c = lapel_c16_turned(v->c, lapel_c16_load(turns + 4));
    v->d = lapel_c16_turned(v->d, lapel_c16_load(turns + 8));
}

/* Where results of four butterflies of the first stage lie that begin side by side: their numbers' last two bits come
 * first in the reverse order. */
LAPEL_INLINE lapel_c16_places lapel_rfft16_mve_spread(uint32_t quarter)
{
    const uint32_t places[4] = {0, 4 * quarter, 2 * quarter, 6 * quarter};

    return lapel_c16_places_of(places);
}

LAPEL_FORCE_INLINE void lapel_rfft16_mve_keep(int16_t *y, lapel_c16_places places, const lapel_rfft16_mve_quad *v)
{
    lapel_c16_scatter(y, places, v->a);
    lapel_c16_scatter(y + 2, places, v->b);
    lapel_c16_scatter(y + 4, places, v->c);
    lapel_c16_scatter(y + 6, places, v->d);
}

LAPEL_FORCE_INLINE void lapel_rfft16_mve_two(lapel_rfft16_mve_quad *v)
{
    const lapel_rfft16_mve_quad w = *v;

    v->a = lapel_c16_plus(w.a, w.c);
    v->b = lapel_c16_minus(w.a, w.c);
    v->c = lapel_c16_plus(w.b, w.d);
    v->d = lapel_c16_minus(w.b, w.d);
}

LAPEL_FORCE_INLINE void lapel_rfft16_mve_begin(int16_t *y, lapel_c16_places places, lapel_rfft16_mve_quad *v, int_fast8_t by_two)
{
    if (by_two) {
        lapel_rfft16_mve_scale(v, LAPEL_RFFT16_MVE_HALF);
        lapel_rfft16_mve_two(v);
    } else {
        lapel_rfft16_mve_scale(v, LAPEL_RFFT16_MVE_QUARTER);
        lapel_rfft16_mve_add(v);
    }
    lapel_rfft16_mve_keep(y, places, v);
}

/* Butterflies of four, `apart` elements of y apart, side by side in all blocks that have the same turns. */
LAPEL_FORCE_INLINE void lapel_rfft16_mve_blocks(int16_t *at, lapel_index apart, lapel_index count,
                                                const LAPEL_ROM uint32_t *turns)
{
    for (lapel_index n = count; n > 0; n -= 4 * apart) {
        lapel_rfft16_mve_quad v = {lapel_c16_load(at), lapel_c16_load(at + 2 * apart), lapel_c16_load(at + apart),
                                   lapel_c16_load(at + 3 * apart)};

        lapel_rfft16_mve_scale(&v, LAPEL_RFFT16_MVE_QUARTER);
        lapel_rfft16_mve_turn(&v, turns);
        lapel_rfft16_mve_add(&v);
        lapel_c16_store(at, v.a);
        lapel_c16_store(at + apart, v.b);
        lapel_c16_store(at + 2 * apart, v.c);
        lapel_c16_store(at + 3 * apart, v.d);
        at += 4 * apart;
    }
}

/* Bins k and N - k, four of each, from low on and from high on, where the numbers of the spectrum of the pairs lie. */
LAPEL_FORCE_INLINE void lapel_rfft16_mve_bins(int16_t *low, int16_t *high, lapel_c16_places places, lapel_c16 turn)
{
    const lapel_c16 mirror = lapel_c16_mirrored(lapel_c16_gather(high, places));
    const lapel_c16 a = lapel_c16_scaled(lapel_c16_load(low), LAPEL_RFFT16_MVE_HALF);
    const lapel_c16 b = lapel_c16_scaled(mirror, LAPEL_RFFT16_MVE_HALF);
    lapel_c16 sum = lapel_c16_plus(a, b), difference;

    lapel_c16_halves(&sum, &difference, lapel_c16_minus(a, b), turn);
    lapel_c16_store(low, sum);
    lapel_c16_scatter(high, places, difference);
}

/* The bins that are real. */
LAPEL_INLINE void lapel_rfft16_mve_ends(int16_t *y, lapel_index length)
{
    const int32_t re = (y[0] * LAPEL_RFFT16_MVE_HALF + (1 << 14)) >> 15, im = (y[1] * LAPEL_RFFT16_MVE_HALF + (1 << 14)) >> 15;

    y[0] = (int16_t)(re + im);
    y[length] = (int16_t)(re - im);
    y[1] = y[length + 1] = 0;
}

#endif
