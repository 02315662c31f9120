#include "cast.h"

void lapel_cast(void *y, const void *x, const LAPEL_ROM lapel_cast_params *p)
{
    const uint8_t from = p->x_bytes, to = p->y_bytes;
    const uint8_t *source = (const uint8_t *)x;
    uint8_t *target = (uint8_t *)y;

    for (lapel_index i = 0; i < p->count; i++) {
        const uint8_t sign = source[from - 1] & 128 ? 255 : 0;

        for (uint8_t k = 0; k < to; k++) {
            target[k] = k < from ? source[k] : sign;
        }
        source += from;
        target += to;
    }
}
