#include "add.h"

/* One innermost loop.
 *
 * Values are scaled by 2^20 to keep fractions. b: v * mul / 2^11 with mul = high * 2^11 + low, in 32-bit products, of
 * which v = *b - zero is folded into constants. `sum` is twice the sum, below 2^29, so that the division of its
 * product by 2^31 is the upper word. Both right shifts round halves away from zero, hence the sign of what they
 * divide; that of the second one may be taken from the product, because it only matters at halves. */
LAPEL_NOINLINE void lapel_add_row(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_add_params *p)
{
    const int32_t high = p->b_high, low = p->b_low, high_offset = -p->b_zero * high;
    const int32_t low_offset = p->b_round - p->b_zero * low, a_offset = -p->a_zero * ((int32_t)1 << 20);
    const int32_t y_mul = p->y_mul, y_zero = p->y_zero;
    const int_fast8_t b_shift = p->b_shift, y_shift = p->y_shift;
    const int32_t b_half = (int32_t)1 << (b_shift - 1), y_half = (int32_t)1 << (y_shift - 1);
    const lapel_index a_step = p->a_step, b_step = p->b_step;

    for (lapel_index n = p->count; n > 0; n--) {
        int32_t fine = *b * high + high_offset + ((*b * low + low_offset) >> 11);
        int32_t sum, out;

        fine = (fine + b_half + (fine >> 31)) >> b_shift;
        sum = a_offset + *a * ((int32_t)1 << 20) + fine * 2;
        out = y_half + ((sum ^ y_mul) >> 31);
        out = (int32_t)(((int64_t)sum * y_mul + (((int64_t)out << 32) | (int64_t)0x80000000)) >> 32) >> y_shift;
        *y++ = lapel_broadcast_saturate(out + y_zero);
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
