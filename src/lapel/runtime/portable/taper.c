#include "taperroom.h"

/* The samples that go under the window. Returns all bits that any of their magnitudes has. */
static uint32_t lapel_taper_emphasis(int32_t *y, const int16_t *x, const LAPEL_ROM lapel_taper_params *p)
{
    const int32_t gain = p->gain, lean = p->lean;
    const lapel_index lead = lean > 0 ? 1 : 0;
    uint32_t all = 0;

    for (lapel_index i = 0; i < p->length; i++) {
        const int32_t e = gain * x[i + lead] - (lead > 0 ? lean * x[i] : 0);

        all |= (uint32_t)(e < 0 ? -e : e);
        y[i] = e;
    }
    return all;
}

void lapel_taper(int32_t *y, int32_t *shift, const int16_t *x, const LAPEL_ROM lapel_taper_params *p)
{
    const int_fast8_t bits = p->bits;

    for (lapel_index t = 0; t < p->frames; t++) {
        const int_fast8_t left = lapel_taper_room(lapel_taper_emphasis(y, x, p), bits);

        for (lapel_index i = 0; i < p->length; i++) {
            const int32_t e = (int32_t)((uint32_t)y[i] << (left + 31 - bits));

            y[i] = (int32_t)(((int64_t)e * p->window[i] + ((int64_t)1 << 31)) >> 32);
        }
        *shift++ = left;
        x += p->length + (p->lean > 0 ? 1 : 0);
        y += p->length;
    }
}
