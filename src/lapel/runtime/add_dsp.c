#include "add_dsp.h"

/* One innermost loop; four elements at a time where both operands advance. */
LAPEL_NOINLINE void lapel_add_dsp_row(int8_t *y, const int8_t *a, const int8_t *b,
                                      const LAPEL_ROM lapel_add_dsp_params *p)
{
    const int32_t a_mul = p->a_mul, b_mul = p->b_mul, add = p->add, right = p->right;
    const lapel_index a_step = p->a_step, b_step = p->b_step;
    lapel_index n = p->count;

    if (a_step != 0 && b_step != 0) {
        for (; n >= 4; n -= 4) {
            const int32_t a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
            const int32_t b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3];

            y[0] = (int8_t)lapel_ssat8((add + a0 * a_mul + b0 * b_mul) >> right);
            y[1] = (int8_t)lapel_ssat8((add + a1 * a_mul + b1 * b_mul) >> right);
            y[2] = (int8_t)lapel_ssat8((add + a2 * a_mul + b2 * b_mul) >> right);
            y[3] = (int8_t)lapel_ssat8((add + a3 * a_mul + b3 * b_mul) >> right);
            a += 4;
            b += 4;
            y += 4;
        }
    }
    for (; n > 0; n--) {
        *y++ = (int8_t)lapel_ssat8((add + *a * a_mul + *b * b_mul) >> right);
        a += a_step;
        b += b_step;
    }
}

void lapel_add_dsp(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_add_dsp_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    for (;;) {
        lapel_index level;

        lapel_add_dsp_row(y, a, b, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
