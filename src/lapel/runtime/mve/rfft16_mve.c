#include "rfft16_mve.h"

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

/* The first stage, of fours or twos, of which none is turned. */
LAPEL_FORCE_INLINE void lapel_rfft16_mve_first(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rfft16_mve_params *p,
                                               int_fast8_t by_two)
{
    const lapel_index quarter = p->shape.fft_length >> 2, whole = (p->shape.length - 3 * quarter) & ~7;
    const lapel_c16_places places = lapel_rfft16_mve_spread((uint32_t)quarter);
    lapel_index i = 0, reversed = 0;

    for (; i < whole; i += 8) {
        lapel_rfft16_mve_quad v = {lapel_c16_load(x + i), lapel_c16_load(x + i + quarter),
                                   lapel_c16_load(x + i + 2 * quarter), lapel_c16_load(x + i + 3 * quarter)};

        lapel_rfft16_mve_begin(y + reversed, places, &v, by_two);
        reversed = lapel_rfft_next(reversed, quarter);
    }
    for (; i < quarter; i += 8) {
        const int16_t *from = x + i;
        const lapel_index left = p->shape.length - i;
        lapel_rfft16_mve_quad v = {lapel_c16_load_some(from, left), lapel_c16_load_some(from + quarter, left - quarter),
                                   lapel_c16_load_some(from + 2 * quarter, left - 2 * quarter),
                                   lapel_c16_load_some(from + 3 * quarter, left - 3 * quarter)};

        lapel_rfft16_mve_begin(y + reversed, places, &v, by_two);
        reversed = lapel_rfft_next(reversed, quarter);
    }
}

LAPEL_NOINLINE void lapel_rfft16_mve_fours(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rfft16_mve_params *p)
{
    lapel_rfft16_mve_first(y, x, p, 0);
}

/* Of twos, and the fours two apart behind them: two blocks at a time. Returns the turns of the next stage. */
LAPEL_NOINLINE const LAPEL_ROM uint32_t *lapel_rfft16_mve_twos(int16_t *y, const int16_t *x,
                                                               const LAPEL_ROM lapel_rfft16_mve_params *p)
{
    static const uint32_t neighbours[4] = {0, 4, 32, 36};
    const lapel_c16_places places = lapel_c16_places_of(neighbours);
    const int16_t *const end = y + p->shape.fft_length;

    lapel_rfft16_mve_first(y, x, p, 1);
    for (; y != end; y += 32) {
        lapel_rfft16_mve_quad v = {lapel_c16_gather(y, places), lapel_c16_gather(y + 8, places),
                                   lapel_c16_gather(y + 4, places), lapel_c16_gather(y + 12, places)};

        lapel_rfft16_mve_scale(&v, LAPEL_RFFT16_MVE_QUARTER);
        lapel_rfft16_mve_turn(&v, p->turns);
        lapel_rfft16_mve_add(&v);
        lapel_c16_scatter(y, places, v.a);
        lapel_c16_scatter(y + 4, places, v.b);
        lapel_c16_scatter(y + 8, places, v.c);
        lapel_c16_scatter(y + 12, places, v.d);
    }
    return p->turns + 12;
}

/* All butterflies of four, `apart` elements of y apart: four side by side, in all blocks that have the same turns. */
LAPEL_NOINLINE const LAPEL_ROM uint32_t *lapel_rfft16_mve_stage(int16_t *y, lapel_index apart, lapel_index count,
                                                                const LAPEL_ROM uint32_t *turns)
{
    const int16_t *const end = y + apart;

    for (; y != end; y += 8) {
        int16_t *at = y;

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
        turns += 12;
    }
    return turns;
}

/* Bins k and N - k of the spectrum of the samples, from that of the pairs of them. */
LAPEL_NOINLINE void lapel_rfft16_mve_part(int16_t *y, lapel_index length, const LAPEL_ROM uint32_t *parted)
{
    static const uint32_t descending[4] = {12, 8, 4, 0};
    const lapel_c16_places places = lapel_c16_places_of(descending);
    int16_t *low = y + 2, *high = y + length - 8;
    const int32_t re = (y[0] * LAPEL_RFFT16_MVE_HALF + (1 << 14)) >> 15, im = (y[1] * LAPEL_RFFT16_MVE_HALF + (1 << 14)) >> 15;

    y[0] = (int16_t)(re + im);
    y[length] = (int16_t)(re - im);
    y[1] = y[length + 1] = 0;
    for (lapel_index n = length; n > 0; n -= 16) {
        const lapel_c16 mirror = lapel_c16_mirrored(lapel_c16_gather(high, places));
        const lapel_c16 a = lapel_c16_scaled(lapel_c16_load(low), LAPEL_RFFT16_MVE_HALF);
        const lapel_c16 b = lapel_c16_scaled(mirror, LAPEL_RFFT16_MVE_HALF);
        lapel_c16 sum = lapel_c16_plus(a, b), difference;

        lapel_c16_halves(&sum, &difference, lapel_c16_minus(a, b), lapel_c16_load(parted));
        lapel_c16_store(low, sum);
        lapel_c16_scatter(high, places, difference);
        parted += 4;
        low += 8;
        high -= 8;
    }
}

void lapel_rfft16_mve(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rfft16_mve_params *p)
{
    const lapel_index length = p->shape.fft_length;

    for (lapel_index row = p->shape.rows; row > 0; row--) {
        const LAPEL_ROM uint32_t *turns = p->turns;
        lapel_index apart = 8;

        if (lapel_rfft_by_two(length >> 1)) {
            turns = lapel_rfft16_mve_twos(y, x, p);
            apart = 16;
        } else {
            lapel_rfft16_mve_fours(y, x, p);
        }
        for (; apart < length; apart *= 4) {
            turns = lapel_rfft16_mve_stage(y, apart, length, turns);
        }
        lapel_rfft16_mve_part(y, length, p->parted);
        x += p->shape.length;
        y += length + 2;
    }
}
