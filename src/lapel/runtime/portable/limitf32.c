#include "limitf32.h"

void lapel_limitf32(float *y, const float *x, const LAPEL_ROM lapel_limitf32_params *p)
{
    const float lo = p->lo, hi = p->hi;

    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_limitf32_value(*x++, lo, hi);
    }
}
