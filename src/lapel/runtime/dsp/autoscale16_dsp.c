#include "autoscale16_dsp.h"

/* The bits of all magnitudes. */
LAPEL_FORCE_INLINE uint32_t lapel_autoscale16_dsp_bits(const int16_t *x, lapel_index length)
{
    uint32_t found = (length & 1) != 0 ? lapel_dsp_magnitudes((uint16_t)x[length - 1]) : 0u;

    for (const int16_t *const end = x + (length & ~1); x != end; x += 2) {
        found |= lapel_dsp_magnitudes(lapel_read4(x));
    }
    return (found | found >> 16) & 0xffffu;
}

void lapel_autoscale16_dsp(int16_t *y, int32_t *bits, const int16_t *x, const LAPEL_ROM lapel_autoscale16_dsp_params *p)
{
    const lapel_index length = p->length;

    for (lapel_index row = p->rows; row > 0; row--) {
        const int_fast8_t shift = lapel_autoscale_shift(lapel_autoscale16_dsp_bits(x, length), x, length);
        const uint32_t kept = 0xffffu >> shift, mask = kept << 16 | kept;

        for (const int16_t *const end = x + (length & ~1); x != end; x += 2) {
            lapel_write4(y, (lapel_read4(x) & mask) << shift);
            y += 2;
        }
        if ((length & 1) != 0) {
            *y++ = (int16_t)(uint16_t)((uint16_t)*x++ << shift);
        }
        *bits++ = shift;
    }
}
