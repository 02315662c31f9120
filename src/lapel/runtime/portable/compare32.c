#include "compare32.h"

LAPEL_NOINLINE void lapel_compare32_row(uint8_t *y, const int32_t *a, const int32_t *b,
                                        const LAPEL_ROM lapel_compare32_params *p)
{
    const lapel_index a_step = p->a_step, b_step = p->b_step;

    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = (uint8_t)(p->truth >> (*a < *b ? 0 : *a == *b ? 1 : 2) & 1);
        a += a_step;
        b += b_step;
    }
}

void lapel_compare32(uint8_t *y, const int32_t *a, const int32_t *b, const LAPEL_ROM lapel_compare32_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = { 0 };

    for (;;) {
        lapel_index level;

        lapel_compare32_row(y, a, b, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
