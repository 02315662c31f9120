#include "autoscale16.h"

/* The bits of all magnitudes: the highest one is that of the greatest magnitude. */
static uint16_t lapel_autoscale16_bits(const int16_t *x, lapel_index length)
{
    uint16_t found = 0;

    for (lapel_index i = 0; i < length; i++) {
        found = (uint16_t)(found | (x[i] < 0 ? 0u - (uint16_t)x[i] : (uint16_t)x[i]));
    }
    return found;
}

void lapel_autoscale16(int16_t *y, int32_t *bits, const int16_t *x, const LAPEL_ROM lapel_autoscale16_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        const int_fast8_t shift = lapel_autoscale_shift(lapel_autoscale16_bits(x, p->length), x, p->length);

        for (lapel_index i = 0; i < p->length; i++) {
            *y++ = (int16_t)(uint16_t)((uint16_t)*x++ << shift);
        }
        *bits++ = shift;
    }
}
