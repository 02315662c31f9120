#include "prelu.h"

LAPEL_NOINLINE void lapel_prelu_row(int8_t *y, const int8_t *x, const int8_t *alpha,
                                    const LAPEL_ROM lapel_prelu_params *p)
{
    const int16_t x_zero = p->x_zero, alpha_zero = p->alpha_zero, y_zero = p->y_zero;
    const lapel_index x_step = p->a_step, alpha_step = p->b_step;

    for (lapel_index n = p->count; n > 0; n--) {
        const int16_t v = (int16_t)(*x - x_zero);
        const int32_t scaled =
            v >= 0 ? lapel_requantize(v, p->x_mul, p->x_shift)
                   : lapel_requantize((int32_t)v * (*alpha - alpha_zero), p->alpha_mul, p->alpha_shift);

        *y++ = lapel_broadcast_saturate(scaled + y_zero);
        x += x_step;
        alpha += alpha_step;
    }
}

void lapel_prelu(int8_t *y, const int8_t *x, const int8_t *alpha, const LAPEL_ROM lapel_prelu_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = { 0 };

    for (;;) {
        lapel_index level;

        lapel_prelu_row(y, x, alpha, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        x += p->a_jump[level];
        alpha += p->b_jump[level];
    }
}
