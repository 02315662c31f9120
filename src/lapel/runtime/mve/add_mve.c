#include "add_mve.h"

#ifdef LAPEL_MVE_ARM

/* One innermost loop as the definition has it, four elements at a time. VRSHL rounds halves up, the definition away from zero: hence the sign
 * that is added before it. The coarse operand's multiplier is one half, its scale 2^19 therefore. */
LAPEL_NOINLINE void lapel_add_mve_exact(int8_t *y, const int8_t *a, const int8_t *b,
                                      const LAPEL_ROM lapel_add_mve_params *p)
{
    const int32_t a_scale = (int32_t)1 << 19;

    __asm__ volatile("dlstp.32 lr, %[count]\n"
                     "1: vldrb.s32 q0, [%[b]], #4\n"
                     "vldrb.s32 q1, [%[a]], #4\n"
                     "vmlas.s32 q0, %q[b_scale], %[b_offset]\n"
                     "vmlas.s32 q1, %q[a_scale], %[a_offset]\n"
                     "vqrdmulh.s32 q0, q0, %[b_mul]\n"
                     "vshr.s32 q2, q0, #31\n"
                     "vadd.i32 q0, q0, q2\n"
                     "vrshl.s32 q0, %[b_shift]\n"
                     "vmla.s32 q1, q0, %[b_sign]\n"
                     "vqrdmulh.s32 q1, q1, %[y_mul]\n"
                     "vshr.s32 q2, q1, #31\n"
                     "vadd.i32 q1, q1, q2\n"
                     "vrshl.s32 q1, %[y_shift]\n"
                     "vadd.i32 q1, q1, %q[y_zero]\n"
                     "vqmovnb.s32 q1, q1\n"
                     "vqmovnb.s16 q1, q1\n"
                     "vstrb.32 q1, [%[y]], #4\n"
                     "letp lr, 1b\n"
                     : [y] "+&l"(y), [a] "+&l"(a), [b] "+&l"(b)
                     : [count] "r"(p->count), [a_scale] "w"(vdupq_n_s32(a_scale)),
                       [a_offset] "r"(-p->a_zero * a_scale), [b_scale] "w"(vdupq_n_s32(p->b_scale)),
                       [b_offset] "r"(-p->b_zero * p->b_scale), [b_mul] "r"(p->b_mul),
                       [b_shift] "r"(-p->b_shift), [b_sign] "r"(p->b_sign), [y_mul] "r"(p->y_mul),
                       [y_shift] "r"(-p->y_shift), [y_zero] "w"(vdupq_n_s32(p->y_zero))
                     : "lr", "q0", "q1", "q2", "memory");
}

/* One innermost loop with one rounding. */
LAPEL_NOINLINE void lapel_add_mve_row(int8_t *y, const int8_t *a, const int8_t *b,
                                      const LAPEL_ROM lapel_add_mve_params *p)
{
    __asm__ volatile("dlstp.32 lr, %[count]\n"
                     "1: vldrb.s32 q0, [%[a]], #4\n"
                     "vldrb.s32 q1, [%[b]], #4\n"
                     "vmlas.s32 q0, %q[a_mul], %[add]\n"
                     "vmla.s32 q0, q1, %[b_mul]\n"
                     "vshl.s32 q0, %[right]\n"
                     "vqmovnb.s32 q0, q0\n"
                     "vqmovnb.s16 q0, q0\n"
                     "vstrb.32 q0, [%[y]], #4\n"
                     "letp lr, 1b\n"
                     : [y] "+&l"(y), [a] "+&l"(a), [b] "+&l"(b)
                     : [count] "r"(p->count), [a_mul] "w"(vdupq_n_s32(p->a_mul)), [b_mul] "r"(p->b_mul),
                       [add] "r"(p->add), [right] "r"(-p->right)
                     : "lr", "q0", "q1", "memory");
}

/* The same where an operand repeats: its term is in `add`. */
LAPEL_NOINLINE void lapel_add_mve_one(int8_t *y, const int8_t *x, int32_t mul, int32_t add,
                                      const LAPEL_ROM lapel_add_mve_params *p)
{
    __asm__ volatile("dlstp.32 lr, %[count]\n"
                     "1: vldrb.s32 q0, [%[x]], #4\n"
                     "vmlas.s32 q0, %q[mul], %[add]\n"
                     "vshl.s32 q0, %[right]\n"
                     "vqmovnb.s32 q0, q0\n"
                     "vqmovnb.s16 q0, q0\n"
                     "vstrb.32 q0, [%[y]], #4\n"
                     "letp lr, 1b\n"
                     : [y] "+&l"(y), [x] "+&l"(x)
                     : [count] "r"(p->count), [mul] "w"(vdupq_n_s32(mul)), [add] "r"(add), [right] "r"(-p->right)
                     : "lr", "q0", "memory");
}

#else

/* One innermost loop as the definition has it. */
LAPEL_NOINLINE void lapel_add_mve_exact(int8_t *y, const int8_t *a, const int8_t *b,
                                        const LAPEL_ROM lapel_add_mve_params *p)
{
    const int32_t a_scale = (int32_t)1 << 19;

    for (lapel_index i = 0; i < p->count; i++) {
        const int32_t fine = lapel_mve_sum(a[i] * a_scale, -p->a_zero * a_scale);
        const int32_t coarse = lapel_mve_sum(lapel_mve_product(b[i], p->b_scale), -p->b_zero * p->b_scale);
        const int32_t term = lapel_mve_product(lapel_mve_scale(coarse, p->b_mul, p->b_shift, 1), p->b_sign);
        const int32_t sum = lapel_mve_scale(lapel_mve_sum(fine, term), p->y_mul, p->y_shift, 1);

        y[i] = (int8_t)lapel_mve_byte(lapel_mve_sum(sum, p->y_zero));
    }
}

/* One innermost loop with one rounding. */
LAPEL_NOINLINE void lapel_add_mve_row(int8_t *y, const int8_t *a, const int8_t *b,
                                      const LAPEL_ROM lapel_add_mve_params *p)
{
    for (lapel_index i = 0; i < p->count; i++) {
        const int32_t sum = lapel_mve_sum(lapel_mve_product(a[i], p->a_mul), p->add);

        y[i] = (int8_t)lapel_mve_byte(lapel_mve_sum(sum, lapel_mve_product(b[i], p->b_mul)) >> p->right);
    }
}

/* The same where an operand repeats: its term is in `add`. */
LAPEL_NOINLINE void lapel_add_mve_one(int8_t *y, const int8_t *x, int32_t mul, int32_t add,
                                      const LAPEL_ROM lapel_add_mve_params *p)
{
    for (lapel_index i = 0; i < p->count; i++) {
        y[i] = (int8_t)lapel_mve_byte(lapel_mve_sum(lapel_mve_product(x[i], mul), add) >> p->right);
    }
}

#endif

void lapel_add_mve(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_add_mve_params *p)
{
    lapel_index at[LAPEL_BROADCAST_OUTER] = {0};

    for (;;) {
        lapel_index level;

        if (p->right == 0) {
            lapel_add_mve_exact(y, a, b, p);
        } else if (p->a_step == 0) {
            lapel_add_mve_one(y, b, p->b_mul, p->add + *a * p->a_mul, p);
        } else if (p->b_step == 0) {
            lapel_add_mve_one(y, a, p->a_mul, p->add + *b * p->b_mul, p);
        } else {
            lapel_add_mve_row(y, a, b, p);
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
