#include "mul16.h"

/* One innermost loop. */
LAPEL_NOINLINE void lapel_mul16_row(int16_t *y, const int16_t *a, const int16_t *b,
                                    const LAPEL_ROM lapel_mul16_params *p)
{
    const int32_t mul = p->mul, lo = p->lo, hi = p->hi;
    const int_fast8_t shift = p->shift;
    const lapel_index a_step = p->a_step, b_step = p->b_step;

    for (lapel_index n = p->count; n > 0; n--) {
        const int32_t v = lapel_requantize((int32_t)*a * *b, mul, shift);

        *y++ = lapel_clamp16(v, lo, hi);
        a += a_step;
        b += b_step;
    }
}

void lapel_mul16(int16_t *y, const int16_t *a, const int16_t *b, const LAPEL_ROM lapel_mul16_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    for (;;) {
        lapel_index level;

        lapel_mul16_row(y, a, b, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
