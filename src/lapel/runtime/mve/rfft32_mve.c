#include "rfft32_mve.h"

#define LAPEL_RFFT32_MVE_HALF 1073741823
#define LAPEL_RFFT32_MVE_QUARTER 536870911

/* Two butterflies: their first values, their second ones, and so on. */
typedef struct {
    lapel_c32 a;
    lapel_c32 b;
    lapel_c32 c;
    lapel_c32 d;
} lapel_rfft32_mve_quad;

/* Sums and differences of butterflies, whose b, c and d are turned. */
LAPEL_FORCE_INLINE void lapel_rfft32_mve_add(lapel_rfft32_mve_quad *v)
{
    const lapel_c32 even = lapel_c32_plus(v->a, v->c), odd = lapel_c32_minus(v->a, v->c);
    const lapel_c32 both = lapel_c32_plus(v->b, v->d), apart = lapel_c32_minus(v->b, v->d);

    v->a = lapel_c32_plus(even, both);
    v->b = lapel_c32_minus_i(odd, apart);
    v->c = lapel_c32_minus(even, both);
    v->d = lapel_c32_plus_i(odd, apart);
}

LAPEL_FORCE_INLINE void lapel_rfft32_mve_two(lapel_rfft32_mve_quad *v)
{
    const lapel_rfft32_mve_quad w = *v;

    v->a = lapel_c32_plus(w.a, w.c);
    v->b = lapel_c32_minus(w.a, w.c);
    v->c = lapel_c32_plus(w.b, w.d);
    v->d = lapel_c32_minus(w.b, w.d);
}

LAPEL_FORCE_INLINE void lapel_rfft32_mve_scale(lapel_rfft32_mve_quad *v, int32_t factor)
{
    v->a = lapel_c32_scaled(v->a, factor);
    v->b = lapel_c32_scaled(v->b, factor);
    v->c = lapel_c32_scaled(v->c, factor);
    v->d = lapel_c32_scaled(v->d, factor);
}

LAPEL_FORCE_INLINE lapel_c32 lapel_rfft32_mve_turned(lapel_c32 a, const LAPEL_ROM int32_t *turns)
{
    const lapel_c32 turn = lapel_c32_load(turns);

    return lapel_c32_turned_im(lapel_c32_turned_re(turn, a, turn), a, turn);
}

/* Butterflies of the first stage: two from x on and, in the other half of `made`, two behind them. Nothing is turned. */
LAPEL_FORCE_INLINE void lapel_rfft32_mve_begin(int32_t *made, const int32_t *x, lapel_index quarter, int_fast8_t by_two)
{
    for (int_fast8_t i = 0; i < 2; i++) {
        lapel_rfft32_mve_quad v = {lapel_c32_load(x), lapel_c32_load(x + quarter), lapel_c32_load(x + 2 * quarter),
                                   lapel_c32_load(x + 3 * quarter)};

        lapel_rfft32_mve_scale(&v, by_two ? LAPEL_RFFT32_MVE_HALF : LAPEL_RFFT32_MVE_QUARTER);
        if (by_two) {
            lapel_rfft32_mve_two(&v);
        } else {
            lapel_rfft32_mve_add(&v);
        }
        lapel_c32_store(made, v.a);
        lapel_c32_store(made + 4, v.b);
        lapel_c32_store(made + 8, v.c);
        lapel_c32_store(made + 12, v.d);
        made += 16;
        x += 4;
    }
}

/* What these four butterflies made, to where it lies in the reverse order of bits: the last two bits come first. */
LAPEL_FORCE_INLINE void lapel_rfft32_mve_keep(int32_t *y, const int32_t *made, lapel_index quarter)
{
    const lapel_c32_places places = lapel_c32_places_of(0, 8u * (uint32_t)quarter);

    for (int_fast8_t i = 0; i < 2; i++) {
        lapel_c32_scatter(y, places, lapel_c32_load(made));
        lapel_c32_scatter(y + 2, places, lapel_c32_load(made + 4));
        lapel_c32_scatter(y + 4, places, lapel_c32_load(made + 8));
        lapel_c32_scatter(y + 6, places, lapel_c32_load(made + 12));
        made += 16;
        y += quarter;
    }
}

/* The first stage, in place. Four butterflies side by side read sixteen values, whose numbers have the bits between the
 * first and the last two in common, and write sixteen where these are in the reverse order: those change places. */
LAPEL_FORCE_INLINE void lapel_rfft32_mve_first(int32_t *y, lapel_index quarter, int_fast8_t by_two)
{
    lapel_index reversed = 0;

    for (lapel_index i = 0; i < quarter; i += 8) {
        if (i <= reversed) {
            int32_t here[32], there[32];

            lapel_rfft32_mve_begin(here, y + i, quarter, by_two);
            lapel_rfft32_mve_begin(there, y + reversed, quarter, by_two);
            lapel_rfft32_mve_keep(y + reversed, here, quarter);
            lapel_rfft32_mve_keep(y + i, i < reversed ? there : here, quarter);
        }
        reversed = lapel_rfft_next(reversed >> 3, quarter >> 3) << 3;
    }
}

LAPEL_NOINLINE void lapel_rfft32_mve_fours(int32_t *y, lapel_index quarter)
{
    lapel_rfft32_mve_first(y, quarter, 0);
}

LAPEL_NOINLINE void lapel_rfft32_mve_twos(int32_t *y, lapel_index quarter)
{
    lapel_rfft32_mve_first(y, quarter, 1);
}

/* All butterflies of four, `apart` elements of y apart: two side by side, in all blocks that have the same turns. */
LAPEL_NOINLINE const LAPEL_ROM int32_t *lapel_rfft32_mve_stage(int32_t *y, lapel_index apart, lapel_index count,
                                                               const LAPEL_ROM int32_t *turns)
{
    const int32_t *const end = y + apart;

    for (; y != end; y += 4) {
        int32_t *at = y;

        for (lapel_index n = count; n > 0; n -= 4 * apart) {
            lapel_rfft32_mve_quad v = {lapel_c32_load(at), lapel_c32_load(at + 2 * apart), lapel_c32_load(at + apart),
                                       lapel_c32_load(at + 3 * apart)};

            lapel_rfft32_mve_scale(&v, LAPEL_RFFT32_MVE_QUARTER);
            v.b = lapel_rfft32_mve_turned(v.b, turns);
            v.c = lapel_rfft32_mve_turned(v.c, turns + 4);
            v.d = lapel_rfft32_mve_turned(v.d, turns + 8);
            lapel_rfft32_mve_add(&v);
            lapel_c32_store(at, v.a);
            lapel_c32_store(at + apart, v.b);
            lapel_c32_store(at + 2 * apart, v.c);
            lapel_c32_store(at + 3 * apart, v.d);
            at += 4 * apart;
        }
        turns += 12;
    }
    return turns;
}

/* Bins k and N - k of the spectrum of the samples, from that of the pairs of them. */
LAPEL_NOINLINE void lapel_rfft32_mve_part(int32_t *y, lapel_index length, const LAPEL_ROM int32_t *parted)
{
    const lapel_c32_places places = lapel_c32_places_of(8, 0);
    int32_t *low = y + 2, *high = y + length - 4;
    const int32_t re = lapel_high_mul(y[0], LAPEL_RFFT32_MVE_HALF), im = lapel_high_mul(y[1], LAPEL_RFFT32_MVE_HALF);

    y[0] = re + im;
    y[length] = re - im;
    y[1] = y[length + 1] = 0;
    for (lapel_index n = length; n > 0; n -= 8) {
        const lapel_c32 mirror = lapel_c32_mirrored(lapel_c32_gather(high, places)), turn = lapel_c32_load(parted);
        const lapel_c32 a = lapel_c32_scaled(lapel_c32_load(low), LAPEL_RFFT32_MVE_HALF);
        const lapel_c32 b = lapel_c32_scaled(mirror, LAPEL_RFFT32_MVE_HALF);
        const lapel_c32 even = lapel_c32_plus(a, b), odd = lapel_c32_minus(a, b);
        const lapel_c32 re_less = lapel_c32_turned_im(even, odd, turn), im_less = lapel_c32_turned_re(even, odd, turn);

        lapel_c32_store(low, lapel_c32_mean(re_less, im_less));
        lapel_c32_scatter(high, places, lapel_c32_apart(re_less, im_less));
        parted += 4;
        low += 4;
        high -= 4;
    }
}

/* The samples in y, and zeros behind them. */
LAPEL_NOINLINE void lapel_rfft32_mve_start(int32_t *y, const int32_t *x, const LAPEL_ROM lapel_rfft32_mve_params *p)
{
    lapel_index i = y == x ? 0 : p->shape.length;

    lapel_mve_fill((int8_t *)(y + p->shape.length), 0, 4 * (p->shape.fft_length - p->shape.length));
    for (; (i & 3) != 0; i--) {
        y[i - 1] = x[i - 1];
    }
    for (; i > 0; i -= 4) {
        lapel_c32_store(y + i - 4, lapel_c32_load(x + i - 4));
    }
}

void lapel_rfft32_mve(int32_t *y, const int32_t *x, const LAPEL_ROM lapel_rfft32_mve_params *p)
{
    const lapel_index length = p->shape.fft_length;

    for (lapel_index row = p->shape.rows - 1; row >= 0; row--) { /* from the last one on: where x is y, it is in y's rows before */
        const LAPEL_ROM int32_t *turns = p->turns;
        int32_t *to = y + row * (length + 2);
        lapel_index apart = 8;

        lapel_rfft32_mve_start(to, x + row * p->shape.length, p);
        if (lapel_rfft_by_two(length >> 1)) {
            lapel_rfft32_mve_twos(to, length >> 2);
            apart = 4;
        } else {
            lapel_rfft32_mve_fours(to, length >> 2);
        }
        for (; apart < length; apart *= 4) {
            turns = lapel_rfft32_mve_stage(to, apart, length, turns);
        }
        lapel_rfft32_mve_part(to, length, p->parted);
    }
}
