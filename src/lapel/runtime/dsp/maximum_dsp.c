#include "maximum_dsp.h"

/* One innermost loop. An operand that repeats is read from a word full of it. */
LAPEL_NOINLINE void lapel_maximum_dsp_row(int8_t *y, const int8_t *a, const int8_t *b,
                                          const LAPEL_ROM lapel_maximum_dsp_params *p)
{
    const uint32_t a_all = lapel_repeat4(*a), b_all = lapel_repeat4(*b), flip = lapel_repeat4(p->flip);
    const lapel_index a_step = p->a_step, b_step = p->b_step;

    a = a_step != 0 ? a : (const int8_t *)&a_all;
    b = b_step != 0 ? b : (const int8_t *)&b_all;
    for (const int8_t *const end = y + (p->count & ~3); y != end; y += 4) {
        lapel_write4(y, lapel_max4(lapel_read4(a) ^ flip, lapel_read4(b) ^ flip) ^ flip);
        a += 4 * a_step;
        b += 4 * b_step;
    }
    for (lapel_index n = p->count & 3; n > 0; n--) {
        *y++ = (int8_t)(lapel_max4((uint8_t)*a ^ flip, (uint8_t)*b ^ flip) ^ flip);
        a += a_step;
        b += b_step;
    }
}

void lapel_maximum_dsp(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_maximum_dsp_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    for (;;) {
        lapel_index level;

        lapel_maximum_dsp_row(y, a, b, p);
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
