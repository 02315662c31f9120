#include "add.h"

/* One innermost loop. Scaling by 2^20 keeps fractions; |sum| < 2^29 is twice the sum, which turns the division by
   2^31 into taking the upper word. */
LAPEL_NOINLINE void lapel_add_row(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_add_params *p)
{
    const int32_t b_high = p->b_high, b_low = p->b_low, b_round = p->b_round, b_zero = p->b_zero;
    const int32_t y_mul = p->y_mul, y_zero = p->y_zero, lo = p->lo, hi = p->hi;
    const int_fast8_t b_shift = p->b_shift, y_shift = p->y_shift;
    const int32_t b_half = (int32_t)((uint32_t)1 << (b_shift - 1)), y_half = (int32_t)((uint32_t)1 << (y_shift - 1));
    const int32_t offset = -(int32_t)p->a_zero * ((int32_t)1 << 20);
    const lapel_index a_step = p->a_step, b_step = p->b_step;

    for (lapel_index n = p->count; n > 0; n--) {
        const int32_t v = *b - b_zero;
        int32_t fine = v * b_high + ((v * b_low + b_round) >> 11);
        int32_t sum, out;

        fine = (fine + b_half + (fine >> 31)) >> b_shift;
        sum = offset + *a * ((int32_t)1 << 20) + fine * 2;
        out = (int32_t)(((int64_t)sum * y_mul + ((int64_t)1 << 31)) >> 32);
        out = (out + y_half + (out >> 31)) >> y_shift;
        *y++ = lapel_clamp(out + y_zero, lo, hi);
        a += a_step;
        b += b_step;
    }
}

void lapel_add(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_add_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = { 0 };

    for (;;) {
        lapel_index level;

        lapel_add_row(y, a, b, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
