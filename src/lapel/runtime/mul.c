#include "mul.h"

LAPEL_NOINLINE void lapel_mul_row(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_mul_params *p)
{
    const int32_t a_zero = p->a_zero, b_zero = p->b_zero, y_zero = p->y_zero, lo = p->lo, hi = p->hi, mul = p->mul;
    const int_fast8_t shift = p->shift;
    const lapel_index a_step = p->a_step, b_step = p->b_step;

    for (lapel_index n = p->count; n > 0; n--) {
        const int32_t product = (*a - a_zero) * (*b - b_zero);

        *y++ = lapel_clamp(lapel_requantize(product, mul, shift) + y_zero, lo, hi);
        a += a_step;
        b += b_step;
    }
}

void lapel_mul(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_mul_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = { 0 };

    for (;;) {
        lapel_index level;

        lapel_mul_row(y, a, b, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
