#include "add_dsp_table.h"

/* What the loops keep in registers. */
typedef struct {
    const LAPEL_ROM int8_t *rest; /* of b = 0 */
    int32_t a_mul;
    int32_t b_mul;
    int32_t add;
    int32_t y_mul;
    int32_t y_add;
    int32_t y_shift;
} lapel_add_dsp_table_sum;

/* One element. The second rounding's halves go away from zero: less one if the sum is negative. */
LAPEL_INLINE int8_t lapel_add_dsp_table_one(int32_t a, int32_t b, const lapel_add_dsp_table_sum *s)
{
    const int32_t sum = a * s->a_mul + (b * s->b_mul + s->add + s->rest[b]);

    const int32_t behind = (int32_t)lapel_add_sign((uint32_t)s->y_add, (uint32_t)sum);

    return (int8_t)lapel_ssat8(lapel_smmlar(sum, s->y_mul, behind) >> s->y_shift);
}

/* One innermost loop; four elements at a time where both operands advance. */
LAPEL_NOINLINE void lapel_add_dsp_table_row(int8_t *y, const int8_t *a, const int8_t *b,
                                            const LAPEL_ROM lapel_add_dsp_table_params *p)
{
    /* GCC, where it knows the table, would add the 128 anew for each element. */
    lapel_add_dsp_table_sum s = {lapel_dsp_hide(p->rest + 128), p->a_mul, p->b_mul, p->add, p->y_mul, p->y_add, p->y_shift};
    const lapel_index a_step = p->a_step, b_step = p->b_step;
    lapel_index n = p->count;

    if (a_step != 0 && b_step != 0) {
        for (; n >= 4; n -= 4) {
            y[0] = lapel_add_dsp_table_one(a[0], b[0], &s);
            y[1] = lapel_add_dsp_table_one(a[1], b[1], &s);
            y[2] = lapel_add_dsp_table_one(a[2], b[2], &s);
            y[3] = lapel_add_dsp_table_one(a[3], b[3], &s);
            a += 4;
            b += 4;
            y += 4;
        }
    }
    for (; n > 0; n--) {
        *y++ = lapel_add_dsp_table_one(*a, *b, &s);
        a += a_step;
        b += b_step;
    }
}

void lapel_add_dsp_table(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_add_dsp_table_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    for (;;) {
        lapel_index level;

        lapel_add_dsp_table_row(y, a, b, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
