#include "limit16.h"

void lapel_limit16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_limit16_params *p)
{
    const int16_t lo = p->lo, hi = p->hi;

    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_clamp16(*x++, lo, hi);
    }
}
