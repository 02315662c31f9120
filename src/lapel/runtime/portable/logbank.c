#include "logbankframes.h"

/* What a bank sums up of a bin. */
LAPEL_INLINE uint64_t lapel_logbank_bin(const int32_t *x, const LAPEL_ROM lapel_logbank_params *p)
{
    const uint64_t squares = (uint64_t)((int64_t)x[0] * x[0]) + (uint64_t)((int64_t)x[1] * x[1]);

    return p->power == 1 ? lapel_root(squares, p->seeds) : (squares + 2048u) >> 12;
}

static uint64_t lapel_logbank_segment(uint64_t *sum, lapel_logbank_bins *bins, lapel_index count)
{
    const LAPEL_ROM int16_t *weights = bins->weights;
    const int32_t *x = bins->x;
    uint64_t rising = 0, all = 0;

    for (lapel_index k = 0; k < count; k++) {
        const uint64_t m = lapel_logbank_bin(x + 2 * k, bins->p);

        rising += m * (uint16_t)weights[k];
        all += m;
    }
    bins->x = x + 2 * count;
    bins->weights = weights + count;
    *sum += (all << 15) - rising;
    return rising;
}

void lapel_logbank(int32_t *y, const int32_t *x, const int32_t *shift, const int32_t *peak,
                   const LAPEL_ROM lapel_logbank_params *p)
{
    lapel_logbank_bins bins = {p, x, p->weights, 0, 0, 0, 0};

    lapel_logbank_frames(y, shift, peak, &bins, lapel_logbank_segment);
}
