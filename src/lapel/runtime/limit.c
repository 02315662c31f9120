#include "limit.h"

void lapel_limit(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_limit_params *p)
{
    const int8_t lo = p->lo, hi = p->hi;

    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_clamp(*x++, lo, hi);
    }
}
