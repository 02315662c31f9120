#include "matmulf32.h"

LAPEL_NOINLINE float lapel_matmulf32_sum(float sum, const float *a, const float *b, const LAPEL_ROM lapel_matmulf32_params *p)
{
    const lapel_index a_depth = p->each.a_depth, b_depth = p->each.b_depth;

    for (lapel_index k = p->each.depth; k > 0; k--) {
        sum = lapel_float_alone(sum + *a * *b);
        a += a_depth;
        b += b_depth;
    }
    return sum;
}

/* One matrix; returns the end of y. */
static float *lapel_matmulf32_one(float *y, const float *a, const float *b, const LAPEL_ROM lapel_matmulf32_params *p)
{
    for (lapel_index n = 0; n < p->each.rows; n++) {
        const LAPEL_ROM float *bias = p->bias;
        const float *column = b;

        for (lapel_index o = 0; o < p->each.columns; o++) {
            *y++ = lapel_limitf32_value(lapel_matmulf32_sum(*bias, a, column, p), p->lo, p->hi);
            bias += p->bias_step;
            column += p->each.b_column;
        }
        a += p->each.a_row;
    }
    return y;
}

void lapel_matmulf32(float *y, const float *a, const float *b, const LAPEL_ROM lapel_matmulf32_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = { 0 };

    for (;;) {
        const float *u = a, *v = b;
        lapel_index level;

        for (lapel_index n = p->loops.count; n > 0; n--) {
            y = lapel_matmulf32_one(y, u, v, p);
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
