#include "logbank.h"

/* What a bank sums up of a bin. */
LAPEL_INLINE uint64_t lapel_logbank_bin(const int32_t *x, const LAPEL_ROM lapel_logbank_params *p)
{
    const uint64_t squares = (uint64_t)((int64_t)x[0] * x[0]) + (uint64_t)((int64_t)x[1] * x[1]);

    return p->power == 1 ? lapel_root(squares, p->seeds) : (squares + 2048u) >> 12;
}

/* One segment: what its bins give to the triangle that rises there; *sum is that of the one that falls. */
static uint64_t lapel_logbank_segment(uint64_t *sum, const int32_t *x, const LAPEL_ROM int16_t *weights,
                                      lapel_index count, const LAPEL_ROM lapel_logbank_params *p)
{
    uint64_t rising = 0, all = 0;

    for (lapel_index k = 0; k < count; k++) {
        const uint64_t m = lapel_logbank_bin(x + 2 * k, p);

        rising += m * (uint16_t)weights[k];
        all += m;
    }
    *sum += (all << 15) - rising;
    return rising;
}

/* One frame. gain: power * logarithm of what the spectrum is to be divided by. */
static void lapel_logbank_frame(int32_t *y, const int32_t *x, uint64_t floor, int64_t gain,
                                const LAPEL_ROM lapel_logbank_params *p)
{
    const LAPEL_ROM int16_t *weights = p->weights;
    uint64_t sum = 0;

    x += 2 * p->first;
    for (lapel_index b = 0; b <= p->bands; b++) {
        const lapel_index count = p->counts[b];
        const uint64_t next = lapel_logbank_segment(&sum, x, weights, count, p);

        if (b > 0) {
            *y++ = (int32_t)((lapel_logarithm(sum + floor, p->parts) - gain + 512) >> 10);
        }
        sum = next;
        x += 2 * count;
        weights += count;
    }
}

void lapel_logbank(int32_t *y, const int32_t *x, const int32_t *shift, const int32_t *peak,
                   const LAPEL_ROM lapel_logbank_params *p)
{
    const uint32_t most = *peak > 1 ? (uint32_t)*peak : 1;
    const int64_t base = lapel_logarithm(most, p->parts);

    for (lapel_index t = 0; t < p->frames; t++) {
        const int_fast8_t left = (int_fast8_t)(shift[t] & 31);
        const uint64_t floor = ((uint64_t)most * (uint32_t)p->floor << left) >> 16;
        const int64_t gain = base + (int64_t)left * LAPEL_LOGARITHM_LN2;

        lapel_logbank_frame(y, x, floor, p->power == 1 ? gain : 2 * gain, p);
        x += p->stride;
        y += p->bands;
    }
}
