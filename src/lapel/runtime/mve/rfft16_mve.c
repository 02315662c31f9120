#include "rfft16_mve.h"
#include "butterflies16_mve.h"

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
        lapel_rfft16_mve_blocks(y, apart, count, turns);
        turns += 12;
    }
    return turns;
}

/* Bins k and N - k of the spectrum of the samples, from that of the pairs of them. */
LAPEL_NOINLINE void lapel_rfft16_mve_part(int16_t *y, lapel_index length, const LAPEL_ROM uint32_t *parted)
{
    const lapel_c16_places places = lapel_c16_descending();
    int16_t *low = y + 2, *high = y + length - 8;

    lapel_rfft16_mve_ends(y, length);
    for (lapel_index n = length; n > 0; n -= 16) {
        lapel_rfft16_mve_bins(low, high, places, lapel_c16_load(parted));
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
