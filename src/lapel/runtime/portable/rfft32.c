#include "rfft32.h"

/* A complex number, as it lies in y. */
typedef struct {
    int32_t re;
    int32_t im;
} lapel_rfft32_bin;

#define LAPEL_RFFT32_HALF 1073741823 /* one half, and one quarter */
#define LAPEL_RFFT32_QUARTER 536870911

/* A sum that may be beyond int32, where it wraps. */
static int32_t lapel_rfft32_sum(int64_t a, int64_t b)
{
    return (int32_t)(uint32_t)((uint64_t)a + (uint64_t)b);
}

static int32_t lapel_rfft32_mean(int64_t a, int64_t b)
{
    return (int32_t)((a + b) >> 1);
}

/* Of 62 fraction bits 31, halves up. */
static int32_t lapel_rfft32_scaled(int64_t product)
{
    return (int32_t)(uint32_t)((uint64_t)(product + ((int64_t)1 << 30)) >> 31);
}

static lapel_rfft32_bin lapel_rfft32_divided(lapel_rfft32_bin a, int32_t factor)
{
    const lapel_rfft32_bin made = {lapel_rfft32_scaled((int64_t)a.re * factor), lapel_rfft32_scaled((int64_t)a.im * factor)};

    return made;
}

static lapel_rfft32_bin lapel_rfft32_plus(lapel_rfft32_bin a, lapel_rfft32_bin b)
{
    const lapel_rfft32_bin made = {lapel_rfft32_sum(a.re, b.re), lapel_rfft32_sum(a.im, b.im)};

    return made;
}

static lapel_rfft32_bin lapel_rfft32_minus(lapel_rfft32_bin a, lapel_rfft32_bin b)
{
    const lapel_rfft32_bin made = {lapel_rfft32_sum(a.re, -(int64_t)b.re), lapel_rfft32_sum(a.im, -(int64_t)b.im)};

    return made;
}

static lapel_rfft32_bin lapel_rfft32_times(lapel_rfft32_bin a, lapel_rfft32_bin b)
{
    const lapel_rfft32_bin made = {lapel_rfft32_scaled((int64_t)a.re * b.re - (int64_t)a.im * b.im),
                                   lapel_rfft32_scaled((int64_t)a.re * b.im + (int64_t)a.im * b.re)};

    return made;
}

/* Of 62 fraction bits 31, halves up, saturated. */
static int32_t lapel_rfft32_saturated(int64_t product)
{
    const int64_t made = (product + ((int64_t)1 << 30)) >> 31;

    return made > INT32_MAX ? INT32_MAX : made < INT32_MIN ? INT32_MIN : (int32_t)made;
}

/* exp(-2 pi i k / (4 quarter)), 0 <= k < 3 quarter. */
static lapel_rfft32_bin lapel_rfft32_turn(const LAPEL_ROM int32_t *sines, lapel_index k, lapel_index quarter)
{
    lapel_rfft32_bin made;

    if (k < quarter) {
        made.re = sines[quarter - k];
        made.im = (int32_t)-sines[k];
    } else if (k < 2 * quarter) {
        made.re = (int32_t)-sines[k - quarter];
        made.im = (int32_t)-sines[2 * quarter - k];
    } else {
        made.re = (int32_t)-sines[3 * quarter - k];
        made.im = sines[k - 2 * quarter];
    }
    return made;
}

/* A butterfly of two neighbours. */
static void lapel_rfft32_two(lapel_rfft32_bin *y)
{
    const lapel_rfft32_bin a = lapel_rfft32_divided(y[0], LAPEL_RFFT32_HALF);
    const lapel_rfft32_bin b = lapel_rfft32_divided(y[1], LAPEL_RFFT32_HALF);

    y[0] = lapel_rfft32_plus(a, b);
    y[1] = lapel_rfft32_minus(a, b);
}

/* A butterfly of four, m apart: the second and the third one have changed places, as bits in reverse order have them. */
static void lapel_rfft32_four(lapel_rfft32_bin *y, lapel_index m, const lapel_rfft32_bin *turns)
{
    const lapel_rfft32_bin a = lapel_rfft32_divided(y[0], LAPEL_RFFT32_QUARTER);
    const lapel_rfft32_bin b = lapel_rfft32_times(lapel_rfft32_divided(y[2 * m], LAPEL_RFFT32_QUARTER), turns[0]);
    const lapel_rfft32_bin c = lapel_rfft32_times(lapel_rfft32_divided(y[m], LAPEL_RFFT32_QUARTER), turns[1]);
    const lapel_rfft32_bin d = lapel_rfft32_times(lapel_rfft32_divided(y[3 * m], LAPEL_RFFT32_QUARTER), turns[2]);
    const lapel_rfft32_bin even = lapel_rfft32_plus(a, c), odd = lapel_rfft32_minus(a, c);
    const lapel_rfft32_bin both = lapel_rfft32_plus(b, d), apart = lapel_rfft32_minus(b, d);

    y[0] = lapel_rfft32_plus(even, both);
    y[2 * m] = lapel_rfft32_minus(even, both);
    y[m].re = lapel_rfft32_sum(odd.re, apart.im);
    y[m].im = lapel_rfft32_sum(odd.im, -(int64_t)apart.re);
    y[3 * m].re = lapel_rfft32_sum(odd.re, -(int64_t)apart.im);
    y[3 * m].im = lapel_rfft32_sum(odd.im, apart.re);
}

/* All butterflies of four, m apart, of count values. */
static void lapel_rfft32_stage(lapel_rfft32_bin *y, lapel_index m, const LAPEL_ROM lapel_rfft32_params *p)
{
    const lapel_index count = (lapel_index)(p->shape.fft_length >> 1), quarter = (lapel_index)(count >> 1);
    const lapel_index step = (lapel_index)(quarter / m);

    for (lapel_index u = 0; u < m; u++) {
        lapel_rfft32_bin turns[3];

        for (int_fast8_t q = 0; q < 3; q++) {
            turns[q] = lapel_rfft32_turn(p->sines, (lapel_index)((q + 1) * u * step), quarter);
        }
        for (lapel_index at = u; at < count; at = (lapel_index)(at + 4 * m)) {
            lapel_rfft32_four(y + at, m, turns);
        }
    }
}

/* A product that may be beyond int32. */
static lapel_rfft32_bin lapel_rfft32_turned(lapel_rfft32_bin a, lapel_rfft32_bin b)
{
    const lapel_rfft32_bin made = {lapel_rfft32_saturated((int64_t)a.re * b.re - (int64_t)a.im * b.im),
                                   lapel_rfft32_saturated((int64_t)a.re * b.im + (int64_t)a.im * b.re)};

    return made;
}

/* The spectrum of the samples, from that of the pairs of them. */
static void lapel_rfft32_parted(lapel_rfft32_bin *y, const LAPEL_ROM lapel_rfft32_params *p)
{
    const lapel_index count = (lapel_index)(p->shape.fft_length >> 1), quarter = (lapel_index)(count >> 1);
    const lapel_rfft32_bin first = lapel_rfft32_divided(y[0], LAPEL_RFFT32_HALF);

    y[0].re = lapel_rfft32_sum(first.re, first.im);
    y[count].re = lapel_rfft32_sum(first.re, -(int64_t)first.im);
    y[0].im = y[count].im = 0;
    for (lapel_index k = 1; k <= quarter; k++) {
        lapel_rfft32_bin *low = y + k, *high = y + (count - k);
        const lapel_rfft32_bin mirror = {high->re, lapel_rfft32_sum(0, -(int64_t)high->im)};
        const lapel_rfft32_bin a = lapel_rfft32_divided(*low, LAPEL_RFFT32_HALF);
        const lapel_rfft32_bin b = lapel_rfft32_divided(mirror, LAPEL_RFFT32_HALF);
        const lapel_rfft32_bin even = lapel_rfft32_plus(a, b);
        const lapel_rfft32_bin odd = lapel_rfft32_turned(
            lapel_rfft32_minus(a, b), lapel_rfft32_turn(p->sines, (lapel_index)(k + quarter), quarter));

        low->re = lapel_rfft32_mean(even.re, odd.re);
        low->im = lapel_rfft32_mean(even.im, odd.im);
        high->re = lapel_rfft32_mean(even.re, -(int64_t)odd.re);
        high->im = lapel_rfft32_mean(odd.im, -(int64_t)even.im);
    }
}

/* The samples of a row, zeros behind them, pairs in the reverse order of the bits of their numbers. */
static void lapel_rfft32_start(int32_t *y, const int32_t *x, const LAPEL_ROM lapel_rfft32_params *p)
{
    lapel_rfft32_bin *pairs = (lapel_rfft32_bin *)(void *)y;
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
            const lapel_rfft32_bin kept = pairs[i];

            pairs[i] = pairs[reversed];
            pairs[reversed] = kept;
        }
        reversed = lapel_rfft_next(reversed, count);
    }
}

void lapel_rfft32(int32_t *y, const int32_t *x, const LAPEL_ROM lapel_rfft32_params *p)
{
    const lapel_index count = (lapel_index)(p->shape.fft_length >> 1);

    for (lapel_index row = p->shape.rows; row > 0; row--) { /* from the last one on: where x is y, it is in y's rows before */
        int32_t *to = y + (size_t)(row - 1) * (size_t)(p->shape.fft_length + 2);
        lapel_rfft32_bin *bins = (lapel_rfft32_bin *)(void *)to;
        lapel_index m = 1;

        lapel_rfft32_start(to, x + (size_t)(row - 1) * (size_t)p->shape.length, p);
        if (lapel_rfft_by_two(count)) {
            for (lapel_index i = 0; i < count; i = (lapel_index)(i + 2)) {
                lapel_rfft32_two(bins + i);
            }
            m = 2;
        }
        for (; m < count; m = (lapel_index)(4 * m)) {
            lapel_rfft32_stage(bins, m, p);
        }
        lapel_rfft32_parted(bins, p);
    }
}
