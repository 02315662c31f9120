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

/* The greatest magnitude of a row that has -32768 somewhere, whose magnitude is itself: it is less than all others, so
 * that the search starts anew behind it, and not from 0. No more than 0 if there is no bit to be found. */
static int16_t lapel_autoscale16_greatest(const int16_t *x, lapel_index length)
{
    int16_t most = 0;

    for (lapel_index i = 0; i < length; i++) {
        const int16_t v = x[i];

        if (v > most) {
            most = v;
        } else if (-(int32_t)v > most) {
            most = v == INT16_MIN ? v : (int16_t)-v;
        }
    }
    return most;
}

void lapel_autoscale16(int16_t *y, int32_t *bits, const int16_t *x, const LAPEL_ROM lapel_autoscale16_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        uint16_t found = lapel_autoscale16_bits(x, p->length);
        int_fast8_t shift = 0;

        if (found >= 0x8000u) {
            const int16_t most = lapel_autoscale16_greatest(x, p->length);

            found = most < 0 ? 0u : (uint16_t)most;
        }
        while (found != 0 && found < 0x4000u) {
            found = (uint16_t)(found << 1);
            shift++;
        }
        for (lapel_index i = 0; i < p->length; i++) {
            *y++ = (int16_t)(uint16_t)((uint16_t)*x++ << shift);
        }
        *bits++ = shift;
    }
}
