#include "rfft16_mve_small.h"
#include "butterflies16_mve.h"
#include "turns16_mve.h"

/* Eight values of x, zeros beyond `left`; all: there are as many. */
LAPEL_FORCE_INLINE lapel_c16 lapel_rfft16_mve_small_load(const int16_t *x, lapel_index left, int_fast8_t all)
{
    return all ? lapel_c16_load(x) : lapel_c16_load_some(x, left);
}

/* The first stage, of which nothing is turned. */
LAPEL_NOINLINE void lapel_rfft16_mve_small_first(int16_t *y, const int16_t *x,
                                                 const LAPEL_ROM lapel_rfft16_mve_small_params *p)
{
    const lapel_index quarter = p->shape.fft_length >> 2;
    const int_fast8_t most = p->shape.length >= 3 * quarter;
    const lapel_c16_places places = lapel_rfft16_mve_spread((uint32_t)quarter);
    lapel_index reversed = 0;

    for (lapel_index left = p->shape.length; left > p->shape.length - quarter; left -= 8) {
        lapel_rfft16_mve_quad v = {lapel_rfft16_mve_small_load(x, left, most),
                                   lapel_rfft16_mve_small_load(x + quarter, left - quarter, most),
                                   lapel_rfft16_mve_small_load(x + 2 * quarter, left - 2 * quarter, most),
                                   lapel_c16_load_some(x + 3 * quarter, left - 3 * quarter)};

        lapel_rfft16_mve_begin(y + reversed, places, &v, 0);
        reversed = lapel_rfft_next(reversed, quarter);
        x += 8;
    }
}

/* All butterflies of four, `apart` elements of y apart. */
LAPEL_SHARED void lapel_rfft16_mve_small_stage(int16_t *y, lapel_index apart, lapel_index length,
                                               const LAPEL_ROM int16_t *cosines)
{
    const int16_t *const end = y + apart;
    const uint16_t step = (uint16_t)(length / (4 * apart)), quarter = (uint16_t)(length >> 3);
    const lapel_c16_numbers next = lapel_c16_numbers_of((uint16_t)(4 * step), (uint16_t)(4 * step), 0, 0);
    const lapel_c16_numbers begin = lapel_c16_numbers_of(0, quarter, 0, 0);
    lapel_c16_numbers at = lapel_c16_numbers_of(0, 0, step, step);

    for (; y != end; y += 8) {
        const lapel_c16_numbers once = lapel_c16_numbers_plus(begin, at), twice = lapel_c16_numbers_plus(once, at);
        uint32_t turns[12];

        lapel_c16_store((int16_t *)(void *)turns, lapel_c16_look(cosines, once));
        lapel_c16_store((int16_t *)(void *)(turns + 4), lapel_c16_look(cosines, twice));
        lapel_c16_store((int16_t *)(void *)(turns + 8), lapel_c16_look(cosines, lapel_c16_numbers_plus(twice, at)));
        lapel_rfft16_mve_blocks(y, apart, length, turns);
        at = lapel_c16_numbers_plus(at, next);
    }
}

/* Bins k and N - k of the spectrum of the samples, from that of the pairs of them. */
LAPEL_NOINLINE void lapel_rfft16_mve_small_part(int16_t *y, lapel_index length, const LAPEL_ROM int16_t *parted)
{
    const lapel_c16_places places = lapel_c16_descending();
    const lapel_c16_numbers next = lapel_c16_numbers_of(4, (uint16_t)-4, 0, 0);
    lapel_c16_numbers at = lapel_c16_numbers_of(1, (uint16_t)(length / 4 - 1), 1, (uint16_t)-1);
    int16_t *low = y + 2, *high = y + length - 8;

    lapel_rfft16_mve_ends(y, length);
    for (lapel_index n = length; n > 0; n -= 16) {
        lapel_rfft16_mve_bins(low, high, places, lapel_c16_look(parted, at));
        at = lapel_c16_numbers_plus(at, next);
        low += 8;
        high -= 8;
    }
}

void lapel_rfft16_mve_small(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rfft16_mve_small_params *p)
{
    const lapel_index length = p->shape.fft_length;

    for (lapel_index row = p->shape.rows; row > 0; row--) {
        lapel_rfft16_mve_small_first(y, x, p);
        for (lapel_index apart = 8; apart < length; apart *= 4) {
            lapel_rfft16_mve_small_stage(y, apart, length, p->turns);
        }
        lapel_rfft16_mve_small_part(y, length, p->parted);
        x += p->shape.length;
        y += length + 2;
    }
}
