#include "sqdiff16.h"

LAPEL_NOINLINE void lapel_sqdiff16_row(int16_t *y, const int16_t *a, const int16_t *b,
                                       const LAPEL_ROM lapel_sqdiff16_params *p)
{
    const lapel_index a_step = p->a_step, b_step = p->b_step;

    for (lapel_index n = p->count; n > 0; n--) {
        const int32_t u = lapel_requantize(*a, p->a_mul, p->a_shift);
        const int32_t v = lapel_requantize(*b, p->b_mul, p->b_shift);
        const int32_t out = lapel_requantize((u - v) * (u - v), p->y_mul, p->y_shift);

        *y++ = lapel_clamp16(out, INT16_MIN, INT16_MAX);
        a += a_step;
        b += b_step;
    }
}

void lapel_sqdiff16(int16_t *y, const int16_t *a, const int16_t *b, const LAPEL_ROM lapel_sqdiff16_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    for (;;) {
        lapel_index level;

        lapel_sqdiff16_row(y, a, b, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
