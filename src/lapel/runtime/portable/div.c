#include "div.h"

/* The rescaled quotient. Numerator and denominator are shifted to the left as far as they go, and the result back. */
static int32_t lapel_div_cell(int32_t u, int32_t v, const LAPEL_ROM lapel_div_params *p)
{
    uint32_t divisor;
    int_fast8_t right = (int_fast8_t)-p->shift;
    int32_t quotient;

    if (v == 0) {
        return u > 0 ? 512 : u < 0 ? -512 : 0; /* beyond every bound */
    }
    if (v < 0) {
        u = -u;
        v = -v;
    }
    divisor = (uint32_t)v << 24;
    for (right = (int_fast8_t)(right + 7); divisor < (uint32_t)1 << 31; right--) {
        divisor <<= 1;
    }
    if (u == 0) {
        return 0;
    }
    for (; u < (int32_t)1 << 30 && u >= -((int32_t)1 << 30); right++) {
        u *= 2;
    }
    quotient = lapel_high_mul(lapel_high_mul(u, lapel_reciprocal(divisor)), p->mul);
    return right > 31 ? 0 : lapel_rounding_shift(quotient, right);
}

LAPEL_NOINLINE void lapel_div_row(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_div_params *p)
{
    const int32_t a_zero = p->a_zero, b_zero = p->b_zero, y_zero = p->y_zero;
    const lapel_index a_step = p->a_step, b_step = p->b_step;

    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_clamp(lapel_div_cell(*a - a_zero, *b - b_zero, p) + y_zero, p->lo, p->hi);
        a += a_step;
        b += b_step;
    }
}

void lapel_div(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_div_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = { 0 };

    for (;;) {
        lapel_index level;

        lapel_div_row(y, a, b, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
