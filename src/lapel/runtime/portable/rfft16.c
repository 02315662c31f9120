#include "rfft16.h"

/* A complex number, as it lies in y. */
typedef struct {
    int16_t re;
    int16_t im;
} lapel_rfft16_bin;

#define LAPEL_RFFT16_HALF 16383 /* one half, and one quarter */
#define LAPEL_RFFT16_QUARTER 8191

/* A sum that may be beyond int16, where it wraps. */
static int16_t lapel_rfft16_sum(int32_t a, int32_t b)
{
    return (int16_t)(uint16_t)((uint32_t)a + (uint32_t)b);
}

static int16_t lapel_rfft16_mean(int32_t a, int32_t b)
{
    return (int16_t)((a + b) >> 1);
}

/* Of 30 fraction bits 15, halves up. */
static int16_t lapel_rfft16_scaled(int32_t product)
{
    return (int16_t)(uint16_t)((uint32_t)(product + (1 << 14)) >> 15);
}

static lapel_rfft16_bin lapel_rfft16_divided(lapel_rfft16_bin a, int32_t factor)
{
    const lapel_rfft16_bin made = {lapel_rfft16_scaled(a.re * factor), lapel_rfft16_scaled(a.im * factor)};

    return made;
}

static lapel_rfft16_bin lapel_rfft16_plus(lapel_rfft16_bin a, lapel_rfft16_bin b)
{
    const lapel_rfft16_bin made = {lapel_rfft16_sum(a.re, b.re), lapel_rfft16_sum(a.im, b.im)};

    return made;
}

static lapel_rfft16_bin lapel_rfft16_minus(lapel_rfft16_bin a, lapel_rfft16_bin b)
{
    const lapel_rfft16_bin made = {lapel_rfft16_sum(a.re, -(int32_t)b.re), lapel_rfft16_sum(a.im, -(int32_t)b.im)};

    return made;
}

static lapel_rfft16_bin lapel_rfft16_times(lapel_rfft16_bin a, lapel_rfft16_bin b)
{
    const lapel_rfft16_bin made = {lapel_rfft16_scaled((int32_t)a.re * b.re - (int32_t)a.im * b.im),
                                   lapel_rfft16_scaled((int32_t)a.re * b.im + (int32_t)a.im * b.re)};

    return made;
}

/* exp(-2 pi i k / (4 quarter)), 0 <= k < 3 quarter. */
static lapel_rfft16_bin lapel_rfft16_turn(const LAPEL_ROM int16_t *sines, lapel_index k, lapel_index quarter)
{
    lapel_rfft16_bin made;

    if (k < quarter) {
        made.re = sines[quarter - k];
        made.im = (int16_t)-sines[k];
    } else if (k < 2 * quarter) {
        made.re = (int16_t)-sines[k - quarter];
        made.im = (int16_t)-sines[2 * quarter - k];
    } else {
        made.re = (int16_t)-sines[3 * quarter - k];
        made.im = sines[k - 2 * quarter];
    }
    return made;
}

/* A butterfly of two neighbours. */
static void lapel_rfft16_two(lapel_rfft16_bin *y)
{
    const lapel_rfft16_bin a = lapel_rfft16_divided(y[0], LAPEL_RFFT16_HALF);
    const lapel_rfft16_bin b = lapel_rfft16_divided(y[1], LAPEL_RFFT16_HALF);

    y[0] = lapel_rfft16_plus(a, b);
    y[1] = lapel_rfft16_minus(a, b);
}

/* A butterfly of four, m apart: the second and the third one have changed places, as bits in reverse order have them. */
static void lapel_rfft16_four(lapel_rfft16_bin *y, lapel_index m, const lapel_rfft16_bin *turns)
{
    const lapel_rfft16_bin a = lapel_rfft16_divided(y[0], LAPEL_RFFT16_QUARTER);
    const lapel_rfft16_bin b = lapel_rfft16_times(lapel_rfft16_divided(y[2 * m], LAPEL_RFFT16_QUARTER), turns[0]);
    const lapel_rfft16_bin c = lapel_rfft16_times(lapel_rfft16_divided(y[m], LAPEL_RFFT16_QUARTER), turns[1]);
    const lapel_rfft16_bin d = lapel_rfft16_times(lapel_rfft16_divided(y[3 * m], LAPEL_RFFT16_QUARTER), turns[2]);
    const lapel_rfft16_bin even = lapel_rfft16_plus(a, c), odd = lapel_rfft16_minus(a, c);
    const lapel_rfft16_bin both = lapel_rfft16_plus(b, d), apart = lapel_rfft16_minus(b, d);

    y[0] = lapel_rfft16_plus(even, both);
    y[2 * m] = lapel_rfft16_minus(even, both);
    y[m].re = lapel_rfft16_sum(odd.re, apart.im);
    y[m].im = lapel_rfft16_sum(odd.im, -(int32_t)apart.re);
    y[3 * m].re = lapel_rfft16_sum(odd.re, -(int32_t)apart.im);
    y[3 * m].im = lapel_rfft16_sum(odd.im, apart.re);
}

/* All butterflies of four, m apart, of count values. */
static void lapel_rfft16_stage(lapel_rfft16_bin *y, lapel_index m, const LAPEL_ROM lapel_rfft16_params *p)
{
    const lapel_index count = (lapel_index)(p->shape.fft_length >> 1), quarter = (lapel_index)(count >> 1);
    const lapel_index step = (lapel_index)(quarter / m);

    for (lapel_index u = 0; u < m; u++) {
        lapel_rfft16_bin turns[3];

        for (int_fast8_t q = 0; q < 3; q++) {
            turns[q] = lapel_rfft16_turn(p->sines, (lapel_index)((q + 1) * u * step), quarter);
        }
        for (lapel_index at = u; at < count; at = (lapel_index)(at + 4 * m)) {
            lapel_rfft16_four(y + at, m, turns);
        }
    }
}

/* The spectrum of the samples, from that of the pairs of them. */
static void lapel_rfft16_parted(lapel_rfft16_bin *y, const LAPEL_ROM lapel_rfft16_params *p)
{
    const lapel_index count = (lapel_index)(p->shape.fft_length >> 1), quarter = (lapel_index)(count >> 1);
    const lapel_rfft16_bin first = lapel_rfft16_divided(y[0], LAPEL_RFFT16_HALF);

    y[0].re = lapel_rfft16_sum(first.re, first.im);
    y[count].re = lapel_rfft16_sum(first.re, -(int32_t)first.im);
    y[0].im = y[count].im = 0;
    for (lapel_index k = 1; k <= quarter; k++) {
        lapel_rfft16_bin *low = y + k, *high = y + (count - k);
        const lapel_rfft16_bin mirror = {high->re, lapel_rfft16_sum(0, -(int32_t)high->im)};
        const lapel_rfft16_bin a = lapel_rfft16_divided(*low, LAPEL_RFFT16_HALF);
        const lapel_rfft16_bin b = lapel_rfft16_divided(mirror, LAPEL_RFFT16_HALF);
        const lapel_rfft16_bin even = lapel_rfft16_plus(a, b);
        const lapel_rfft16_bin odd = lapel_rfft16_times(
            lapel_rfft16_minus(a, b), lapel_rfft16_turn(p->sines, (lapel_index)(k + quarter), quarter));

        low->re = lapel_rfft16_mean(even.re, odd.re);
        low->im = lapel_rfft16_mean(even.im, odd.im);
        high->re = lapel_rfft16_mean(even.re, -(int32_t)odd.re);
        high->im = lapel_rfft16_mean(odd.im, -(int32_t)even.im);
    }
}

/* The samples of a row, zeros behind them, pairs in the reverse order of the bits of their numbers. */
static void lapel_rfft16_start(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rfft16_params *p)
{
    lapel_rfft16_bin *pairs = (lapel_rfft16_bin *)(void *)y;
    lapel_index count = p->shape.length, reversed = 0;

    for (lapel_index i = count; i < p->shape.fft_length; i++) {
        y[i] = 0; /* where x is y, there is none of x */
    }
    while (count > 0) {
        count--;
        y[count] = x[count];
    }
    count = (lapel_index)(p->shape.fft_length >> 1);
    for (lapel_index i = 0; i < count; i++) {
        if (i < reversed) {
            const lapel_rfft16_bin kept = pairs[i];

            pairs[i] = pairs[reversed];
            pairs[reversed] = kept;
        }
        reversed = lapel_rfft_next(reversed, count);
    }
}

void lapel_rfft16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rfft16_params *p)
{
    const lapel_index count = (lapel_index)(p->shape.fft_length >> 1);

    for (lapel_index row = p->shape.rows; row > 0; row--) { /* from the last one on: where x is y, it is in y's rows before */
        int16_t *to = y + (size_t)(row - 1) * (size_t)(p->shape.fft_length + 2);
        lapel_rfft16_bin *bins = (lapel_rfft16_bin *)(void *)to;
        lapel_index m = 1;

        lapel_rfft16_start(to, x + (size_t)(row - 1) * (size_t)p->shape.length, p);
        if (lapel_rfft_by_two(count)) {
            for (lapel_index i = 0; i < count; i = (lapel_index)(i + 2)) {
                lapel_rfft16_two(bins + i);
            }
            m = 2;
        }
        for (; m < count; m = (lapel_index)(4 * m)) {
            lapel_rfft16_stage(bins, m, p);
        }
        lapel_rfft16_parted(bins, p);
    }
}
