#include "mul_mve.h"

#ifdef LAPEL_MVE_ARM

/* From products in q0 to outputs that are stored. VRSHL rounds halves up, the definition away from zero: hence the sign
 * that is added before it. */
#define LAPEL_MUL_MVE_FINISH             \
    "vqrdmulh.s32 q0, q0, %[mul]\n"      \
    "vshr.s32 q1, q0, #31\n"             \
    "vadd.i32 q0, q0, q1\n"              \
    "vrshl.s32 q0, %[right]\n"           \
    "vadd.i32 q0, q0, %[zero]\n"         \
    "vqmovnb.s32 q0, q0\n"               \
    "vqmovnb.s16 q0, q0\n"               \
    "vstrb.32 q0, [%[y]], #4\n"          \
    "letp lr, 1b\n"

/* One innermost loop in which both operands advance, four elements at a time. */
LAPEL_NOINLINE void lapel_mul_mve_row(int8_t *y, const int8_t *a, const int8_t *b,
                                      const LAPEL_ROM lapel_mul_mve_params *p)
{
    __asm__ volatile("dlstp.32 lr, %[count]\n"
                     "1: vldrb.s32 q0, [%[a]], #4\n"
                     "vldrb.s32 q1, [%[b]], #4\n"
                     "vadd.i32 q0, q0, %[a_less]\n"
                     "vadd.i32 q1, q1, %[b_less]\n"
                     "vmul.i32 q0, q0, q1\n" LAPEL_MUL_MVE_FINISH
                     : [y] "+&l"(y), [a] "+&l"(a), [b] "+&l"(b)
                     : [count] "r"(p->count), [a_less] "r"(-p->a_zero), [b_less] "r"(-p->b_zero), [mul] "r"(p->mul),
                       [right] "r"(-p->right), [zero] "r"((int32_t)p->y_zero)
                     : "lr", "q0", "q1", "memory");
}

/* The same where an operand repeats: `factor` is its difference to its zero point, `zero` the other one's. */
LAPEL_NOINLINE void lapel_mul_mve_one(int8_t *y, const int8_t *x, int32_t zero, int32_t factor,
                                      const LAPEL_ROM lapel_mul_mve_params *p)
{
    __asm__ volatile("dlstp.32 lr, %[count]\n"
                     "1: vldrb.s32 q0, [%[x]], #4\n"
                     "vadd.i32 q0, q0, %[less]\n"
                     "vmul.i32 q0, q0, %[factor]\n" LAPEL_MUL_MVE_FINISH
                     : [y] "+&l"(y), [x] "+&l"(x)
                     : [count] "r"(p->count), [less] "r"(-zero), [factor] "r"(factor), [mul] "r"(p->mul),
                       [right] "r"(-p->right), [zero] "r"((int32_t)p->y_zero)
                     : "lr", "q0", "q1", "memory");
}

#else

/* One element: the product of two differences to zero points. */
LAPEL_INLINE int8_t lapel_mul_mve_element(int32_t a, int32_t b, const LAPEL_ROM lapel_mul_mve_params *p)
{
    const int32_t scaled = lapel_mve_scale(lapel_mve_product(a, b), p->mul, p->right, 1);

    return (int8_t)lapel_mve_byte(lapel_mve_sum(scaled, p->y_zero));
}

/* One innermost loop in which both operands advance. */
LAPEL_NOINLINE void lapel_mul_mve_row(int8_t *y, const int8_t *a, const int8_t *b,
                                      const LAPEL_ROM lapel_mul_mve_params *p)
{
    for (lapel_index i = 0; i < p->count; i++) {
        y[i] = lapel_mul_mve_element(a[i] - p->a_zero, b[i] - p->b_zero, p);
    }
}

/* The same where an operand repeats: `factor` is its difference to its zero point, `zero` the other one's. */
LAPEL_NOINLINE void lapel_mul_mve_one(int8_t *y, const int8_t *x, int32_t zero, int32_t factor,
                                      const LAPEL_ROM lapel_mul_mve_params *p)
{
    for (lapel_index i = 0; i < p->count; i++) {
        y[i] = lapel_mul_mve_element(x[i] - zero, factor, p);
    }
}

#endif

void lapel_mul_mve(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_mul_mve_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    for (;;) {
        lapel_index level;

        if (p->a_step == 0) {
            lapel_mul_mve_one(y, b, p->b_zero, *a - p->a_zero, p);
        } else if (p->b_step == 0) {
            lapel_mul_mve_one(y, a, p->a_zero, *b - p->b_zero, p);
        } else {
            lapel_mul_mve_row(y, a, b, p);
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
