#include "logbank_dsp.h"

LAPEL_INLINE uint32_t lapel_logbank_dsp_high(uint32_t a, uint32_t b)
{
    return (uint32_t)((uint64_t)a * b >> 32);
}

/* A step of Newton's to 1 / sqrt(n / 2^32) in units of 2^-31, which is never above it: what the products lose would make
 * it 2 units of 2^-30 more at most. */
LAPEL_INLINE uint32_t lapel_logbank_dsp_step(uint32_t inverse, uint32_t n)
{
    const uint32_t error = lapel_logbank_dsp_high(lapel_logbank_dsp_high(inverse, inverse), n);

    return lapel_logbank_dsp_high(inverse, 0xbffffffeu - error) << 1;
}

/* The square root of x to nearest, x < 2^64 - 2^32. The reciprocal root of its highest 32 bits has 26 bits after two
 * steps, the root itself 32 after one more: it is never above x's, and less than one and a little below. */
LAPEL_FORCE_INLINE uint32_t lapel_logbank_dsp_root(uint64_t x, const LAPEL_ROM uint8_t *seeds)
{
    uint32_t high = (uint32_t)(x >> 32), low = (uint32_t)x, left, inverse, root;
    int32_t half = 0;
    uint64_t rest;

    if (high == 0) {
        if (low == 0) {
            return 0;
        }
        high = low;
        low = 0;
        half = 16;
    }
    left = (uint32_t)__builtin_clz(high) & ~1u;
    half += (int32_t)(left >> 1);
    high = high << left | low >> 1 >> (31 - left);
    low <<= left;
    inverse = (256u + seeds[(high >> 25) - 32]) << 23;
    inverse = lapel_logbank_dsp_step(lapel_logbank_dsp_step(inverse, high), high);
    root = lapel_logbank_dsp_high(high, inverse) << 1;
    rest = ((uint64_t)high << 32 | low) - (uint64_t)root * root;
    root += lapel_logbank_dsp_high((uint32_t)(rest >> 9), inverse) >> 23;
    if (half > 0) {
        root = (root >> half) + (root >> (half - 1) & 1u);
    }
    return root + ((int64_t)((uint64_t)root * root + root - x) < 0 ? 1u : 0u);
}

LAPEL_NOINLINE uint64_t lapel_logbank_dsp_segment(uint64_t *sum, lapel_logbank_bins *bins, lapel_index count)
{
    const LAPEL_ROM uint8_t *const seeds = bins->p->seeds;
    const LAPEL_ROM int16_t *weights = bins->weights;
    const int32_t *x = bins->x;
    uint64_t rising = 0, falling = 0;

    for (const LAPEL_ROM int16_t *const end = weights + count; weights != end; weights++) {
        const uint64_t squares = (uint64_t)((int64_t)x[0] * x[0]) + (uint64_t)((int64_t)x[1] * x[1]);
        const uint32_t m = lapel_logbank_dsp_root(squares, seeds), weight = (uint16_t)*weights;

        rising += (uint64_t)m * weight;
        falling += (uint64_t)m * (32768u - weight);
        x += 2;
    }
    bins->x = x;
    bins->weights = weights;
    *sum += falling;
    return rising;
}

void lapel_logbank_dsp(int32_t *y, const int32_t *x, const int32_t *shift, const int32_t *peak,
                       const LAPEL_ROM lapel_logbank_dsp_params *p)
{
    lapel_logbank_bins bins = {p, x, p->weights, 0, 0, 0, 0};

    lapel_logbank_frames(y, shift, peak, &bins, lapel_logbank_dsp_segment);
}
