#include "mul_dsp.h"

/* Params that the compiler may keep in registers: y could be an alias of the struct's bytes. */
typedef struct {
    int32_t mul;
    uint32_t offset;
    int32_t right;
} lapel_mul_dsp_scale;

/* From twice a product to an output. Halves of the second rounding go away from zero: hence the sign, for which that of
 * the product will do, because they differ only where the first rounding gives 0, and then so do both. */
LAPEL_INLINE int32_t lapel_mul_dsp_finish(int32_t twice, lapel_mul_dsp_scale s)
{
    return lapel_ssat8(lapel_smmlar(twice, s.mul, (int32_t)lapel_add_sign(s.offset, (uint32_t)twice)) >> s.right);
}

/* Four outputs from the differences of even and of odd elements and from twice those of the other operand. */
LAPEL_INLINE uint32_t lapel_mul_dsp_four(uint32_t u0, uint32_t u1, uint32_t v0, uint32_t v1, lapel_mul_dsp_scale s)
{
    const int32_t y0 = lapel_mul_dsp_finish((int16_t)u0 * (int16_t)v0, s);
    const int32_t y1 = lapel_mul_dsp_finish((int16_t)u1 * (int16_t)v1, s);
    const int32_t y2 = lapel_mul_dsp_finish(((int32_t)u0 >> 16) * ((int32_t)v0 >> 16), s);
    const int32_t y3 = lapel_mul_dsp_finish(((int32_t)u1 >> 16) * ((int32_t)v1 >> 16), s);

    return lapel_pack4(y0, y1, y2, y3);
}

/* One innermost loop in which an operand repeats: `twice` the difference that it is. */
LAPEL_NOINLINE void lapel_mul_dsp_one(int8_t *y, const int8_t *x, int32_t zero, int32_t twice,
                                      const LAPEL_ROM lapel_mul_dsp_params *p)
{
    const uint32_t less = (uint16_t)-zero * 0x10001u, v = (uint16_t)twice * 0x10001u;
    const lapel_mul_dsp_scale s = {p->mul, (uint32_t)p->offset, p->right};
    lapel_index tail = p->count & 3;

    for (const int8_t *const end = y + (p->count - tail); y != end; y += 4) {
        const uint32_t u = lapel_read4(x);

        lapel_write4(y, lapel_mul_dsp_four(lapel_sxtab16(less, u), lapel_sxtab16_odd(less, u), v, v, s));
        x += 4;
    }
    for (; tail > 0; tail--) {
        *y++ = (int8_t)lapel_mul_dsp_finish((*x++ - zero) * twice, s);
    }
}

/* One innermost loop in which both operands advance. */
LAPEL_NOINLINE void lapel_mul_dsp_row(int8_t *y, const int8_t *a, const int8_t *b,
                                      const LAPEL_ROM lapel_mul_dsp_params *p)
{
    const int32_t a_zero = p->a_zero, b_zero = p->b_zero;
    const uint32_t a_less = (uint16_t)-a_zero * 0x10001u, b_less = (uint16_t)-b_zero * 0x10001u;
    const lapel_mul_dsp_scale s = {p->mul, (uint32_t)p->offset, p->right};
    lapel_index tail = p->count & 3;

    for (const int8_t *const end = y + (p->count - tail); y != end; y += 4) {
        const uint32_t u = lapel_read4(a), u0 = lapel_sxtab16(a_less, u), u1 = lapel_sxtab16_odd(a_less, u);
        const uint32_t v = lapel_read4(b), v0 = lapel_sxtab16(b_less, v), v1 = lapel_sxtab16_odd(b_less, v);

        lapel_write4(y, lapel_mul_dsp_four(u0, u1, lapel_sadd16(v0, v0), lapel_sadd16(v1, v1), s));
        a += 4;
        b += 4;
    }
    for (; tail > 0; tail--) {
        *y++ = (int8_t)lapel_mul_dsp_finish(2 * (*a++ - a_zero) * (*b++ - b_zero), s);
    }
}

void lapel_mul_dsp(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_mul_dsp_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    for (;;) {
        lapel_index level;

        if (p->a_step == 0) {
            lapel_mul_dsp_one(y, b, p->b_zero, 2 * (*a - p->a_zero), p);
        } else if (p->b_step == 0) {
            lapel_mul_dsp_one(y, a, p->a_zero, 2 * (*b - p->b_zero), p);
        } else {
            lapel_mul_dsp_row(y, a, b, p);
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
