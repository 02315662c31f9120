#include "sqdiff.h"

LAPEL_NOINLINE void lapel_sqdiff_row(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_sqdiff_params *p)
{
    const int32_t a_zero = p->a_zero, b_zero = p->b_zero, y_zero = p->y_zero;
    const lapel_index a_step = p->a_step, b_step = p->b_step;

    for (lapel_index n = p->count; n > 0; n--) {
        const int32_t u = lapel_requantize((*a - a_zero) * 128, p->a_mul, p->a_shift);
        const int32_t v = lapel_requantize((*b - b_zero) * 128, p->b_mul, p->b_shift);
        const uint32_t out = (uint32_t)lapel_requantize((u - v) * (u - v), p->y_mul, p->y_shift) + (uint32_t)y_zero;

        *y++ = lapel_broadcast_saturate((int32_t)out);
        a += a_step;
        b += b_step;
    }
}

void lapel_sqdiff(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_sqdiff_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = { 0 };

    for (;;) {
        lapel_index level;

        lapel_sqdiff_row(y, a, b, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
