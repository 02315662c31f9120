#include "taper_dsp_plain.h"

/* All bits that any of the magnitudes has; of -32768 it is 32768. */
LAPEL_FORCE_INLINE uint32_t lapel_taper_dsp_plain_bits(const int16_t *x, lapel_index length)
{
    uint32_t found = (length & 1) != 0 ? lapel_dsp_magnitudes((uint16_t)x[length - 1]) : 0u;

    for (const int16_t *const end = x + (length & ~1); x != end; x += 2) {
        found |= lapel_dsp_magnitudes(lapel_read4(x));
    }
    return (found | found >> 16) & 0xffffu;
}

void lapel_taper_dsp_plain(int32_t *y, int32_t *shift, const int16_t *x, const LAPEL_ROM lapel_taper_dsp_plain_params *p)
{
    const lapel_index length = p->length;

    for (lapel_index t = p->frames; t > 0; t--) {
        const int_fast8_t room = lapel_taper_room(lapel_taper_dsp_plain_bits(x, length), p->bits);
        const LAPEL_ROM int32_t *window = p->window;
        const int32_t left = room + 31 - p->bits;

        for (const int16_t *const end = x + (length & ~1); x != end; x += 2) {
            const uint32_t pair = lapel_read4(x);

            y[0] = lapel_smmulr((int32_t)(pair << left), window[0]);
            y[1] = lapel_smmulr((int32_t)(pair >> 16 << left), window[1]);
            window += 2;
            y += 2;
        }
        if ((length & 1) != 0) {
            *y++ = lapel_smmulr((int32_t)((uint32_t)*x++ << left), *window);
        }
        *shift++ = room;
    }
}
