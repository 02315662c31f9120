#include "limit.h"

void lapel_limit(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_limit_params *p)
{
    const int_fast8_t lo = p->lo, hi = p->hi;

    for (lapel_index n = p->count; n > 0; n--) {
        int_fast8_t v = *x++;

        v = v < lo ? lo : v;
        v = v > hi ? hi : v;
        *y++ = (int8_t)v;
    }
}
