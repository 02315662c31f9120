#include "minimumf32.h"

LAPEL_NOINLINE void lapel_minimumf32_row(float *y, const float *a, const float *b,
                                         const LAPEL_ROM lapel_minimumf32_params *p)
{
    const lapel_index a_step = p->a_step, b_step = p->b_step;

    for (lapel_index n = p->loops.count; n > 0; n--) {
        const float u = *a, v = *b;

        *y++ = lapel_float_alone(v < u ? v : u);
        a += a_step;
        b += b_step;
    }
}

void lapel_minimumf32(float *y, const float *a, const float *b, const LAPEL_ROM lapel_minimumf32_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    do {
        lapel_minimumf32_row(y, a, b, p);
    } while (lapel_pairf32_more(at, &y, &a, &b, &p->loops));
}
