#include "add_dsp.h"

/* Operands are multiplied as int16 and so by 2^8 too much: a mask instead of an extension of the sign. */
#define LAPEL_ADD_DSP_HIGH 0xff00ff00u

LAPEL_INLINE int32_t lapel_add_dsp_term(int32_t mul, int8_t x, int32_t add)
{
    return lapel_smlawb(mul, (uint32_t)x << 8, add);
}

/* One innermost loop in which an operand repeats: its term is in `add`. */
LAPEL_NOINLINE void lapel_add_dsp_one(int8_t *y, const int8_t *x, int32_t mul, int32_t add, lapel_index n)
{
    const uint32_t high = LAPEL_ADD_DSP_HIGH;

    for (; n >= 4; n -= 4) {
        const uint32_t u = lapel_read4(x), u0 = lapel_and_left8(high, u), u1 = u & high;
        const int32_t y0 = lapel_ssat8_21(lapel_smlawb(mul, u0, add)), y1 = lapel_ssat8_21(lapel_smlawb(mul, u1, add));
        const int32_t y2 = lapel_ssat8_21(lapel_smlawt(mul, u0, add)), y3 = lapel_ssat8_21(lapel_smlawt(mul, u1, add));

        lapel_write4(y, lapel_pack4(y0, y1, y2, y3));
        x += 4;
        y += 4;
    }
    for (; n > 0; n--) {
        *y++ = (int8_t)lapel_ssat8_21(lapel_add_dsp_term(mul, *x++, add));
    }
}

/* One innermost loop in which both operands advance. */
LAPEL_NOINLINE void lapel_add_dsp_row(int8_t *y, const int8_t *a, const int8_t *b,
                                      const LAPEL_ROM lapel_add_dsp_params *p)
{
    const uint32_t high = LAPEL_ADD_DSP_HIGH;
    const int32_t a_mul = p->a_mul, b_mul = p->b_mul, add = p->add;
    lapel_index n = p->count;

    for (; n >= 4; n -= 4) {
        const uint32_t u = lapel_read4(a), u0 = lapel_and_left8(high, u), u1 = u & high;
        const uint32_t v = lapel_read4(b), v0 = lapel_and_left8(high, v), v1 = v & high;
        const int32_t y0 = lapel_ssat8_21(lapel_smlawb(b_mul, v0, lapel_smlawb(a_mul, u0, add)));
        const int32_t y1 = lapel_ssat8_21(lapel_smlawb(b_mul, v1, lapel_smlawb(a_mul, u1, add)));
        const int32_t y2 = lapel_ssat8_21(lapel_smlawt(b_mul, v0, lapel_smlawt(a_mul, u0, add)));
        const int32_t y3 = lapel_ssat8_21(lapel_smlawt(b_mul, v1, lapel_smlawt(a_mul, u1, add)));

        lapel_write4(y, lapel_pack4(y0, y1, y2, y3));
        a += 4;
        b += 4;
        y += 4;
    }
    for (; n > 0; n--) {
        *y++ = (int8_t)lapel_ssat8_21(lapel_add_dsp_term(b_mul, *b++, lapel_add_dsp_term(a_mul, *a++, add)));
    }
}

void lapel_add_dsp(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_add_dsp_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    for (;;) {
        lapel_index level;

        if (p->a_step == 0) {
            lapel_add_dsp_one(y, b, p->b_mul, lapel_add_dsp_term(p->a_mul, *a, p->add), p->count);
        } else if (p->b_step == 0) {
            lapel_add_dsp_one(y, a, p->a_mul, lapel_add_dsp_term(p->b_mul, *b, p->add), p->count);
        } else {
            lapel_add_dsp_row(y, a, b, p);
        }
        level = lapel_broadcast_next(at, p->outer);
        if (level == LAPEL_BROADCAST_OUTER) {
            return;
        }
        y += p->count;
        a += p->a_jump[level];
        b += p->b_jump[level];
    }
}
