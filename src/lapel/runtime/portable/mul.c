#include "mul.h"

/* One innermost loop. The doubled product makes the division by 2^31 the upper word; the right shift rounds halves
 * away from zero. Only then does the sign matter, and the one of the product will do. */
LAPEL_NOINLINE void lapel_mul_row(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_mul_params *p)
{
    const int32_t a_zero = p->a_zero, b_zero = p->b_zero, y_zero = p->y_zero, mul = p->mul;
    const int_fast8_t left = (int_fast8_t)(p->shift > 0 ? p->shift + 1 : 1);
    const int_fast8_t right = (int_fast8_t)(p->shift < 0 ? -p->shift : 0);
    const int32_t half = right > 0 ? (int32_t)1 << (right - 1) : 0, sign = right > 0 ? -1 : 0;
    const lapel_index a_step = p->a_step, b_step = p->b_step;

    for (lapel_index n = p->count; n > 0; n--) {
        const int32_t product = (*a - a_zero) * (*b - b_zero) * ((int32_t)1 << left);
        const int64_t offset = (int64_t)(half + ((product >> 31) & sign)) * ((int64_t)1 << 32);
        const int32_t out = (int32_t)(((int64_t)product * mul + offset + (int64_t)0x80000000) >> 32) >> right;

        *y++ = lapel_broadcast_saturate(out + y_zero);
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
