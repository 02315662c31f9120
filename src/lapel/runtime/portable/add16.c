#include "add16.h"

/* One innermost loop. Values are scaled by 2^15 to keep fractions; half of a is without rounding. */
LAPEL_NOINLINE void lapel_add16_row(int16_t *y, const int16_t *a, const int16_t *b,
                                    const LAPEL_ROM lapel_add16_params *p)
{
    const int32_t b_mul = p->b_mul, y_mul = p->y_mul, lo = p->lo, hi = p->hi;
    const int_fast8_t b_shift = p->b_shift, y_shift = p->y_shift;
    const int32_t flip = p->b_negative != 0 ? -1 : 0; /* (v ^ flip) - flip is -v or v */
    const lapel_index a_step = p->a_step, b_step = p->b_step;

    for (lapel_index n = p->count; n > 0; n--) {
        const int32_t fine = (int32_t)(((int64_t)*b * b_mul + 0x8000) >> 16);
        const int32_t term = (lapel_rounding_shift(fine, b_shift) ^ flip) - flip;
        const int32_t sum = *a * ((int32_t)1 << 14) + term;
        const int32_t v = lapel_rounding_shift(lapel_high_mul(sum, y_mul), y_shift);

        *y++ = lapel_clamp16(v, lo, hi);
        a += a_step;
        b += b_step;
    }
}

void lapel_add16(int16_t *y, const int16_t *a, const int16_t *b, const LAPEL_ROM lapel_add16_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    for (;;) {
        lapel_index level;

        lapel_add16_row(y, a, b, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
