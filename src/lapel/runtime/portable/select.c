#include "select.h"

LAPEL_NOINLINE void lapel_select_row(uint8_t *y, const uint8_t *a, const uint8_t *b, const uint8_t *c,
                                     const LAPEL_ROM lapel_select_params *p)
{
    const uint8_t item = p->item;
    const lapel_index a_step = p->a_step;
    const lapel_index b_step = (lapel_index)(p->b_step * item), c_step = (lapel_index)(p->c_step * item);

    for (lapel_index n = p->count; n > 0; n--) {
        const uint8_t *from = *a != 0 ? b : c;

        for (uint8_t k = 0; k < item; k++) {
            *y++ = *from++;
        }
        a += a_step;
        b += b_step;
        c += c_step;
    }
}

void lapel_select(void *y, const uint8_t *a, const void *b, const void *c, const LAPEL_ROM lapel_select_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = { 0 };
    const uint8_t *yes = (const uint8_t *)b, *no = (const uint8_t *)c;
    uint8_t *to = (uint8_t *)y;

    for (;;) {
        lapel_index level;

        lapel_select_row(to, a, yes, no, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        to += (size_t)p->count * p->item;
        a += p->a_jump[level];
        yes += p->b_jump[level] * (lapel_index)p->item;
        no += p->c_jump[level] * (lapel_index)p->item;
    }
}
