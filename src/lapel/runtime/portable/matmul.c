#include "matmul.h"

LAPEL_NOINLINE int32_t lapel_matmul_sum(int32_t sum, const int8_t *a, const int8_t *b,
                                        const LAPEL_ROM lapel_matmul_params *p)
{
    const int32_t a_zero = p->a_zero, b_zero = p->b_zero;
    const lapel_index a_depth = p->each.a_depth, b_depth = p->each.b_depth;

    for (lapel_index k = p->each.depth; k > 0; k--) {
        sum += (*a - a_zero) * (*b - b_zero);
        a += a_depth;
        b += b_depth;
    }
    return sum;
}

/* One matrix; returns the end of y. */
static int8_t *lapel_matmul_one(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_matmul_params *p)
{
    for (lapel_index n = 0; n < p->each.rows; n++) {
        const LAPEL_ROM int32_t *bias = p->bias;
        const int8_t *column = b;

        for (lapel_index o = 0; o < p->each.columns; o++) {
            const int32_t sum = lapel_matmul_sum(*bias, a, column, p);
            const uint32_t out = (uint32_t)lapel_requantize(sum, p->mul, p->shift) + (uint32_t)p->y_zero;

            *y++ = lapel_clamp((int32_t)out, p->lo, p->hi);
            bias += p->bias_step;
            column += p->each.b_column;
        }
        a += p->each.a_row;
    }
    return y;
}

void lapel_matmul(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_matmul_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = { 0 };

    for (;;) {
        const int8_t *u = a, *v = b;
        lapel_index level;

        for (lapel_index n = p->loops.count; n > 0; n--) {
            y = lapel_matmul_one(y, u, v, p);
            u += p->a_step != 0 ? p->each.a_size : 0;
            v += p->b_step != 0 ? p->each.b_size : 0;
        }
        level = lapel_broadcast_next(at, p->loops.outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        a += p->loops.a_jump[level] * p->each.a_size;
        b += p->loops.b_jump[level] * p->each.b_size;
    }
}
