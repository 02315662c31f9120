#include "taper_dsp.h"

LAPEL_FORCE_INLINE int32_t lapel_taper_dsp_emphasis(const int16_t *x, uint32_t factors)
{
    return lapel_smlad(lapel_read4(x), factors, 0);
}

LAPEL_FORCE_INLINE uint32_t lapel_taper_dsp_magnitude(int32_t e)
{
    const int32_t sign = e >> 31;

    return (uint32_t)((e ^ sign) - sign);
}

/* All bits that any of the magnitudes has. */
LAPEL_FORCE_INLINE uint32_t lapel_taper_dsp_bits(const int16_t *x, lapel_index length, uint32_t factors)
{
    uint32_t all = (length & 1) != 0 ? lapel_taper_dsp_magnitude(lapel_taper_dsp_emphasis(x + length - 1, factors)) : 0u;

    for (const int16_t *const end = x + (length & ~1); x != end; x += 2) {
        all |= lapel_taper_dsp_magnitude(lapel_taper_dsp_emphasis(x, factors));
        all |= lapel_taper_dsp_magnitude(lapel_taper_dsp_emphasis(x + 1, factors));
    }
    return all;
}

LAPEL_FORCE_INLINE int32_t lapel_taper_dsp_one(const int16_t *x, int32_t window, uint32_t factors, int32_t left)
{
    return lapel_smmulr((int32_t)((uint32_t)lapel_taper_dsp_emphasis(x, factors) << left), window);
}

void lapel_taper_dsp(int32_t *y, int32_t *shift, const int16_t *x, const LAPEL_ROM lapel_taper_dsp_params *p)
{
    const uint32_t factors = lapel_pkhbt((uint32_t)-p->lean, (uint32_t)p->gain);
    const lapel_index length = p->length;

    for (lapel_index t = p->frames; t > 0; t--) {
        const int_fast8_t room = lapel_taper_room(lapel_taper_dsp_bits(x, length, factors), p->bits);
        const LAPEL_ROM int32_t *window = p->window;
        const int32_t left = room + 31 - p->bits;

        for (const int16_t *const end = x + (length & ~1); x != end; x += 2) {
            y[0] = lapel_taper_dsp_one(x, window[0], factors, left);
            y[1] = lapel_taper_dsp_one(x + 1, window[1], factors, left);
            window += 2;
            y += 2;
        }
        if ((length & 1) != 0) {
            *y++ = lapel_taper_dsp_one(x++, *window, factors, left);
        }
        *shift++ = room;
        x++;
    }
}
