#include "rfft16_dsp.h"

#define LAPEL_RFFT16_DSP_HALF 32766u /* twice the factors of rfft16 */
#define LAPEL_RFFT16_DSP_QUARTER 16382u

/* Four values of a butterfly, each a word. */
typedef struct {
    uint32_t a;
    uint32_t b;
    uint32_t c;
    uint32_t d;
} lapel_rfft16_dsp_quad;

/* Sums and differences of a butterfly, whose b, c and d are turned. */
LAPEL_FORCE_INLINE void lapel_rfft16_dsp_add(lapel_rfft16_dsp_quad *v)
{
    const uint32_t even = lapel_sadd16(v->a, v->c), odd = lapel_ssub16(v->a, v->c);
    const uint32_t both = lapel_sadd16(v->b, v->d), apart = lapel_ssub16(v->b, v->d);

    v->a = lapel_sadd16(even, both);
    v->b = lapel_ssax(odd, apart);
    v->c = lapel_ssub16(even, both);
    v->d = lapel_sasx(odd, apart);
}

LAPEL_FORCE_INLINE void lapel_rfft16_dsp_divide(lapel_rfft16_dsp_quad *v)
{
    v->a = lapel_dsp_scaled(v->a, LAPEL_RFFT16_DSP_QUARTER);
    v->b = lapel_dsp_scaled(v->b, LAPEL_RFFT16_DSP_QUARTER);
    v->c = lapel_dsp_scaled(v->c, LAPEL_RFFT16_DSP_QUARTER);
    v->d = lapel_dsp_scaled(v->d, LAPEL_RFFT16_DSP_QUARTER);
}

/* What begins with the pair of samples at x, a quarter of all pairs from one to the next; zeros from end on. */
LAPEL_FORCE_INLINE void lapel_rfft16_dsp_start(lapel_rfft16_dsp_quad *v, const int16_t *x, lapel_index stride,
                                               const int16_t *end)
{
    v->a = x < end ? lapel_read4(x) : 0;
    v->b = end - x > stride ? lapel_read4(x + stride) : 0;
    v->c = end - x > 2 * stride ? lapel_read4(x + 2 * stride) : 0;
    v->d = end - x > 3 * stride ? lapel_read4(x + 3 * stride) : 0;
}

LAPEL_FORCE_INLINE void lapel_rfft16_dsp_keep(int16_t *y, const lapel_rfft16_dsp_quad *v)
{
    lapel_write4(y, v->a);
    lapel_write4(y + 2, v->b);
    lapel_write4(y + 4, v->c);
    lapel_write4(y + 6, v->d);
}

/* The first butterflies, of which none is turned. */
LAPEL_FORCE_INLINE void lapel_rfft16_dsp_four(int16_t *y, lapel_rfft16_dsp_quad *v)
{
    lapel_rfft16_dsp_divide(v);
    lapel_rfft16_dsp_add(v);
    lapel_rfft16_dsp_keep(y, v);
}

/* Two butterflies of two, whose results lie side by side. */
LAPEL_FORCE_INLINE void lapel_rfft16_dsp_two(int16_t *y, lapel_rfft16_dsp_quad *v)
{
    const uint32_t a = lapel_dsp_scaled(v->a, LAPEL_RFFT16_DSP_HALF), b = lapel_dsp_scaled(v->b, LAPEL_RFFT16_DSP_HALF);
    const uint32_t c = lapel_dsp_scaled(v->c, LAPEL_RFFT16_DSP_HALF), d = lapel_dsp_scaled(v->d, LAPEL_RFFT16_DSP_HALF);

    v->a = lapel_sadd16(a, c);
    v->b = lapel_ssub16(a, c);
    v->c = lapel_sadd16(b, d);
    v->d = lapel_ssub16(b, d);
    lapel_rfft16_dsp_keep(y, v);
}

/* Groups of four results lie in y in the reverse order of the bits of their numbers, which are those of a counter whose
 * lowest bit is so high that the reverse is a place in y. */
LAPEL_NOINLINE void lapel_rfft16_dsp_fours(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rfft16_dsp_params *p)
{
    const lapel_index stride = p->shape.fft_length >> 2;
    const uint32_t step = 0x40000000u / (uint32_t)stride;
    const int16_t *const end = x + p->shape.length, *const middle = end - 3 * stride;
    uint32_t counter = 0;

    while (x < middle) {
        lapel_rfft16_dsp_quad v = {lapel_read4(x), lapel_read4(x + stride), lapel_read4(x + 2 * stride),
                                   lapel_read4(x + 3 * stride)};

        lapel_rfft16_dsp_four(y + lapel_rbit(counter), &v);
        counter += step;
        x += 2;
    }
    while (counter < 0x20000000u) {
        lapel_rfft16_dsp_quad v;

        lapel_rfft16_dsp_start(&v, x, stride, end);
        lapel_rfft16_dsp_four(y + lapel_rbit(counter), &v);
        counter += step;
        x += 2;
    }

}

LAPEL_NOINLINE void lapel_rfft16_dsp_twos(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rfft16_dsp_params *p)
{
    const lapel_index stride = p->shape.fft_length >> 2;
    const uint32_t step = 0x40000000u / (uint32_t)stride;
    const int16_t *const end = x + p->shape.length;

    for (uint32_t counter = 0; counter < 0x20000000u; counter += step) {
        lapel_rfft16_dsp_quad v;

        lapel_rfft16_dsp_start(&v, x, stride, end);
        lapel_rfft16_dsp_two(y + lapel_rbit(counter), &v);
        x += 2;
    }
}

/* Butterflies of four, m words apart, with the same turns, from y to before end. */
LAPEL_FORCE_INLINE void lapel_rfft16_dsp_blocks(int16_t *y, const int16_t *end, lapel_index m, const uint32_t *turns)
{
    const uint32_t once = turns[0], twice = turns[1], thrice = turns[2];

    do {
        lapel_rfft16_dsp_quad v = {lapel_read4(y), lapel_read4(y + 4 * m), lapel_read4(y + 2 * m), lapel_read4(y + 6 * m)};

        lapel_rfft16_dsp_divide(&v);
        v.b = lapel_dsp_turned(v.b, once);
        v.c = lapel_dsp_turned(v.c, twice);
        v.d = lapel_dsp_turned(v.d, thrice);
        lapel_rfft16_dsp_add(&v);
        lapel_write4(y, v.a);
        lapel_write4(y + 2 * m, v.b);
        lapel_write4(y + 4 * m, v.c);
        lapel_write4(y + 6 * m, v.d);
        y += 8 * m;
    } while (y < end);
}

/* exp(-2 pi i k / (4 quarter)), 0 <= k < 3 quarter. */
LAPEL_INLINE uint32_t lapel_rfft16_dsp_turn(const LAPEL_ROM uint32_t *turns, lapel_index k, lapel_index quarter)
{
    if (k < quarter) {
        return turns[k];
    }
    return k < 2 * quarter ? lapel_ssax(0, turns[k - quarter]) : lapel_ssub16(0, turns[k - 2 * quarter]);
}

/* All butterflies of four, m words apart. */
LAPEL_NOINLINE void lapel_rfft16_dsp_stage(int16_t *y, lapel_index m, const LAPEL_ROM lapel_rfft16_dsp_params *p)
{
    const lapel_index quarter = p->shape.fft_length >> 2, step = quarter / m;
    const int16_t *const end = y + 4 * quarter;

    for (lapel_index k = 0; k < quarter; k += step) {
        uint32_t turns[3];

        turns[0] = p->turns[k];
        turns[1] = lapel_rfft16_dsp_turn(p->turns, 2 * k, quarter);
        turns[2] = lapel_rfft16_dsp_turn(p->turns, 3 * k, quarter);
        lapel_rfft16_dsp_blocks(y, end, m, turns);
        y += 2;
    }
}

/* Bins k and N - k of the spectrum of the samples, for k from 1 to N / 2, from that of the pairs of them. The turn by
 * k + quarter is that by k times -i. */
LAPEL_NOINLINE void lapel_rfft16_dsp_parted(int16_t *low, int16_t *high, const LAPEL_ROM uint32_t *turns)
{
    while (low <= high) {
        const uint32_t behind = lapel_read4(high), turn = *turns++;
        const uint32_t mirror = lapel_dsp_halves(behind, lapel_ssub16(0, behind));
        const uint32_t a = lapel_dsp_scaled(lapel_read4(low), LAPEL_RFFT16_DSP_HALF);
        const uint32_t b = lapel_dsp_scaled(mirror, LAPEL_RFFT16_DSP_HALF);
        const uint32_t even = lapel_sadd16(a, b), odd = lapel_ssub16(a, b), less = lapel_ssub16(b, a);
        const uint32_t re = lapel_smladx(odd, turn, LAPEL_COMPLEX_ROUND >> 1), im = lapel_smlsd(less, turn, LAPEL_COMPLEX_ROUND >> 1);
        const uint32_t turned = lapel_dsp_shifted(im << 1, re);

        lapel_write4(low, lapel_shadd16(even, turned));
        lapel_write4(high, lapel_dsp_halves(lapel_shsub16(even, turned), lapel_shsub16(turned, even)));
        low += 2;
        high -= 2;
    }
}

void lapel_rfft16_dsp(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rfft16_dsp_params *p)
{
    const lapel_index length = p->shape.fft_length;

    for (lapel_index row = p->shape.rows; row > 0; row--) {
        lapel_index m = 4;
        uint32_t first;

        if (lapel_rfft_by_two(length >> 1)) {
            lapel_rfft16_dsp_twos(y, x, p);
            m = 2;
        } else {
            lapel_rfft16_dsp_fours(y, x, p);
        }
        for (; m < length >> 1; m *= 4) {
            lapel_rfft16_dsp_stage(y, m, p);
        }
        first = lapel_dsp_scaled(lapel_read4(y), LAPEL_RFFT16_DSP_HALF);
        lapel_write4(y, lapel_sadd16(first, first >> 16) & 0xffffu);
        lapel_write4(y + length, lapel_ssub16(first, first >> 16) & 0xffffu);
        lapel_rfft16_dsp_parted(y + 2, y + length - 2, p->turns + 1);
        x += p->shape.length;
        y += length + 2;
    }
}
