#include "windowed16_dsp.h"

/* Products of two samples, two entries of the window. */
LAPEL_INLINE uint32_t lapel_windowed16_dsp_two(const int16_t *x, const LAPEL_ROM int16_t *window, int32_t shift)
{
    const uint32_t samples = lapel_read4(x), factors = lapel_read4(window);
    const int32_t low = lapel_smlabb(samples, factors, 0) >> shift, high = lapel_smlatt(samples, factors, 0) >> shift;

    return lapel_pkhbt((uint32_t)lapel_ssat16(low), (uint32_t)lapel_ssat16(high));
}

/* As many as count, which is even. */
LAPEL_FORCE_INLINE void lapel_windowed16_dsp_row(int16_t *y, const int16_t *x, const LAPEL_ROM int16_t *window,
                                                 lapel_index count, int32_t shift)
{
    const int16_t *const end = y + (count & ~3);

    if ((count & 2) != 0) {
        lapel_write4(y + (count - 2), lapel_windowed16_dsp_two(x + (count - 2), window + (count - 2), shift));
    }
    while (y != end) {
        lapel_write4(y, lapel_windowed16_dsp_two(x, window, shift));
        lapel_write4(y + 2, lapel_windowed16_dsp_two(x + 2, window + 2, shift));
        y += 4;
        x += 4;
        window += 4;
    }
}

void lapel_windowed16_dsp(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_windowed16_dsp_params *p)
{
    const lapel_index length = p->length, even = length & ~1;

    for (lapel_index row = p->rows; row > 0; row--) {
        if (length != even) {
            y[even] = lapel_clamp16(((int32_t)x[even] * p->window[even]) >> p->shift, INT16_MIN, INT16_MAX);
        }
        lapel_windowed16_dsp_row(y, x, p->window, even, p->shift);
        x += length;
        y += length;
    }
}
