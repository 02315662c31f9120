#include "arithmetic32.h"

/* The quotient without its fraction; beyond the range, and of a division by zero, the end of the range. */
LAPEL_INLINE int32_t lapel_arithmetic32_quotient(int32_t a, int32_t b)
{
    if (b == 0) {
        return a > 0 ? INT32_MAX : a < 0 ? INT32_MIN : 0;
    }
    return b == -1 && a == INT32_MIN ? INT32_MAX : a / b;
}

LAPEL_INLINE int32_t lapel_arithmetic32_cell(int32_t a, int32_t b, uint8_t operation)
{
    switch (operation) {
    case LAPEL_ARITHMETIC32_ADD:
        return (int32_t)((uint32_t)a + (uint32_t)b);
    case LAPEL_ARITHMETIC32_SUB:
        return (int32_t)((uint32_t)a - (uint32_t)b);
    case LAPEL_ARITHMETIC32_MUL:
        return (int32_t)((uint32_t)a * (uint32_t)b);
    case LAPEL_ARITHMETIC32_DIV:
        return lapel_arithmetic32_quotient(a, b);
    case LAPEL_ARITHMETIC32_MAX:
        return a > b ? a : b;
    default:
        return a < b ? a : b;
    }
}

LAPEL_NOINLINE void lapel_arithmetic32_row(int32_t *y, const int32_t *a, const int32_t *b,
                                           const LAPEL_ROM lapel_arithmetic32_params *p)
{
    const lapel_index a_step = p->a_step, b_step = p->b_step;
    const uint8_t operation = p->operation;

    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_arithmetic32_cell(*a, *b, operation);
        a += a_step;
        b += b_step;
    }
}

void lapel_arithmetic32(int32_t *y, const int32_t *a, const int32_t *b, const LAPEL_ROM lapel_arithmetic32_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = { 0 };

    for (;;) {
        lapel_index level;

        lapel_arithmetic32_row(y, a, b, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
