#include "subf32.h"

LAPEL_NOINLINE void lapel_subf32_row(float *y, const float *a, const float *b,
                                     const LAPEL_ROM lapel_subf32_params *p)
{
    const lapel_index a_step = p->a_step, b_step = p->b_step;
    const float lo = p->lo, hi = p->hi;

    for (lapel_index n = p->loops.count; n > 0; n--) {
        *y++ = lapel_limitf32_value(*a - *b, lo, hi);
        a += a_step;
        b += b_step;
    }
}

void lapel_subf32(float *y, const float *a, const float *b, const LAPEL_ROM lapel_subf32_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    do {
        lapel_subf32_row(y, a, b, p);
    } while (lapel_pairf32_more(at, &y, &a, &b, &p->loops));
}
