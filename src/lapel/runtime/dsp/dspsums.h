/* Four dot products on the DSP extension, for kernels that make something of their own of the sums.
 *
 * Weights are packed as dspdot.h has them: a half of a word is 256 b + a for two rows and one k, a word holds k = 0 and 2
 * of four, the next one of the same rows k = 1 and 3. Here a group's four words are preceded by the plain biases. */
#ifndef LAPEL_DSPSUMS_H
#define LAPEL_DSPSUMS_H

#include "dsp.h"

/* sums[0] += a x, sums[1] += 256 b x + a x, for one word of two rows. */
LAPEL_INLINE void lapel_dspsums_word(int32_t *sums, int32_t w, uint32_t x)
{
    sums[1] = lapel_smlad((uint32_t)w, x, sums[1]);
    sums[0] = lapel_smlad(lapel_sxtb16((uint32_t)w), x, sums[0]);
}

/* Four k of four rows. */
LAPEL_INLINE void lapel_dspsums_block(int32_t *sums, const LAPEL_ROM int32_t *w, uint32_t x)
{
    const uint32_t even = lapel_sxtb16(x), odd = lapel_sxtb16_odd(x);

    lapel_dspsums_word(sums, w[0], even);
    lapel_dspsums_word(sums + 2, w[1], even);
    lapel_dspsums_word(sums, w[2], odd);
    lapel_dspsums_word(sums + 2, w[3], odd);
}

/* y[i] = bias + row i times x: 4 * blocks values at x, then 4 more at `tail` if that is not 0. w: a group, biases first.
 * No sum of products of rows 1 and 3 reaches 2^23. Returns what is behind the group. */
LAPEL_NOINLINE const LAPEL_ROM int32_t *lapel_dspsums(int32_t *y, const LAPEL_ROM int32_t *w, const int8_t *x,
                                                      lapel_index blocks, const int8_t *tail)
{
    const LAPEL_ROM int32_t *bias = w;
    int32_t sums[4] = {0, 0, 0, 0};

    w += 4;
    for (; blocks > 0; blocks--) {
        lapel_dspsums_block(sums, w, lapel_read4(x));
        x += 4;
        w += 4;
    }
    if (tail != 0) {
        lapel_dspsums_block(sums, w, lapel_read4(tail));
        w += 4;
    }
    for (int_fast8_t i = 0; i < 4; i += 2) {
        y[i] = bias[i] + sums[i];
        y[i + 1] = bias[i + 1] + ((int32_t)((uint32_t)sums[i + 1] - (uint32_t)sums[i]) >> 8);
    }
    return w;
}

/* acc * mul * 2^(-right - 31), rounded twice. |acc| < 2^30; mul >= 0; right: 0..30. The first rounding is that of SMMLAR;
 * the second one's halves go away from zero: for acc < 0 whose product rounds to 0 the sign makes no difference. */
LAPEL_INLINE int32_t lapel_dspsums_requantize(int32_t acc, int32_t mul, int32_t right)
{
    const int32_t half = ((int32_t)1 << right) >> 1;

    return lapel_smmlar(2 * acc, mul, half + (half != 0 ? acc >> 31 : 0)) >> right;
}

/* The last values of x, less than four and zeros behind them, as a block; or 0 for none. */
LAPEL_INLINE const int8_t *lapel_dspsums_tail(int8_t *tail, const int8_t *x, lapel_index count)
{
    const lapel_index rest = count & 3;

    for (lapel_index k = 0; k < 4; k++) {
        tail[k] = k < rest ? x[(count & ~3) + k] : 0;
    }
    return rest > 0 ? tail : 0;
}

#endif
