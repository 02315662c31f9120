#include "compare.h"

LAPEL_NOINLINE void lapel_compare_row(uint8_t *y, const int8_t *a, const int8_t *b,
                                      const LAPEL_ROM lapel_compare_params *p)
{
    const int32_t a_zero = p->a_zero, b_zero = p->b_zero;
    const lapel_index a_step = p->a_step, b_step = p->b_step;

    for (lapel_index n = p->count; n > 0; n--) {
        const int32_t u = lapel_requantize((*a - a_zero) * 256, p->a_mul, p->a_shift);
        const int32_t v = lapel_requantize((*b - b_zero) * 256, p->b_mul, p->b_shift);

        *y++ = (uint8_t)(p->truth >> (u < v ? 0 : u == v ? 1 : 2) & 1);
        a += a_step;
        b += b_step;
    }
}

void lapel_compare(uint8_t *y, const void *a, const void *b, const LAPEL_ROM lapel_compare_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = { 0 };
    const int8_t *u = (const int8_t *)a, *v = (const int8_t *)b;

    for (;;) {
        lapel_index level;

        lapel_compare_row(y, u, v, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        u += p->a_jump[level];
        v += p->b_jump[level];
    }
}
