#include "maximum16.h"

LAPEL_NOINLINE void lapel_maximum16_row(int16_t *y, const int16_t *a, const int16_t *b,
                                        const LAPEL_ROM lapel_maximum16_params *p)
{
    const lapel_index a_step = p->a_step, b_step = p->b_step;
    const int16_t flip = p->flip;

    for (lapel_index n = p->count; n > 0; n--) {
        const int16_t u = (int16_t)(*a ^ flip), v = (int16_t)(*b ^ flip);

        *y++ = (int16_t)((u > v ? u : v) ^ flip);
        a += a_step;
        b += b_step;
    }
}

void lapel_maximum16(int16_t *y, const int16_t *a, const int16_t *b, const LAPEL_ROM lapel_maximum16_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    for (;;) {
        lapel_index level;

        lapel_maximum16_row(y, a, b, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
