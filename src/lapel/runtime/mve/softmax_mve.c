#include "softmax_mve.h"

#ifdef LAPEL_MVE_ARM

/* q1 = the exponentials of four classes: a gathering load, 0 beyond the table. */
#define LAPEL_SOFTMAX_MVE_EXPS                       \
    "1: vldrb.s32 q0, [%[x]], #4\n"                  \
    "vsub.i32 q0, %q[max], q0\n"                     \
    "vpt.s32 gt, %q[steps], q0\n"                    \
    "vldrwt.u32 q1, [%[exps], q0, uxtw #2]\n"

LAPEL_NOINLINE int32_t lapel_softmax_mve_max(const int8_t *x, lapel_index classes)
{
    int32_t max = -128;

    __asm__ volatile("dlstp.8 lr, %[classes]\n"
                     "1: vldrb.8 q0, [%[x]], #16\n"
                     "vmaxv.s8 %[max], q0\n"
                     "letp lr, 1b\n"
                     : [max] "+&r"(max), [x] "+&l"(x)
                     : [classes] "r"(classes)
                     : "lr", "q0", "memory");
    return max;
}

/* The sum of the exponentials; 2^19 is 1.0. */
LAPEL_NOINLINE uint32_t lapel_softmax_mve_sum(const int8_t *x, lapel_mve_four max, lapel_mve_four steps,
                                              const LAPEL_ROM lapel_softmax_mve_params *p)
{
    uint32_t sum = 0;

    __asm__ volatile(LAPEL_MVE_KEEP "dlstp.32 lr, %[classes]\n" LAPEL_SOFTMAX_MVE_EXPS
                     "vrshr.u32 q1, q1, #12\n"
                     "vaddva.u32 %[sum], q1\n"
                     "letp lr, 1b" LAPEL_MVE_KEPT
                     : [sum] "+&Te"(sum), [x] "+&l"(x)
                     : [classes] "r"(p->classes), [max] "w"(max), [steps] "w"(steps), [exps] "r"(p->exps)
                     : "lr", "q0", "q1", LAPEL_MVE_P0 "memory");
    return sum;
}

/* Where over 512 classes share the maximum, sum >= 2^28, no quotient reaches 1/512: scale is 0. */
LAPEL_NOINLINE void lapel_softmax_mve_outputs(int8_t *y, const int8_t *x, lapel_mve_four max, lapel_mve_four steps,
                                              const LAPEL_ROM lapel_softmax_mve_params *p, uint32_t sum)
{
    const int32_t zeros = __builtin_clz(sum); /* 1 to 12 */
    const int32_t scale = zeros < 4 ? 0 : lapel_reciprocal(sum << zeros), right = zeros < 4 ? 31 : 35 - zeros;

    __asm__ volatile(LAPEL_MVE_KEEP "dlstp.32 lr, %[classes]\n" LAPEL_SOFTMAX_MVE_EXPS
                     "vqrdmulh.s32 q1, q1, %[scale]\n"
                     "vrshl.s32 q1, %[right]\n"
                     "vadd.i32 q1, q1, %[zero]\n"
                     "vqmovnb.s32 q1, q1\n"
                     "vqmovnb.s16 q1, q1\n"
                     "vstrb.32 q1, [%[y]], #4\n"
                     "letp lr, 1b" LAPEL_MVE_KEPT
                     : [y] "+&l"(y), [x] "+&l"(x)
                     : [classes] "r"(p->classes), [max] "w"(max), [steps] "w"(steps), [exps] "r"(p->exps),
                       [scale] "r"(scale), [right] "r"(-right), [zero] "r"(-128)
                     : "lr", "q0", "q1", LAPEL_MVE_P0 "memory");
}

#else

LAPEL_NOINLINE int32_t lapel_softmax_mve_max(const int8_t *x, lapel_index classes)
{
    int32_t max = -128;

    for (lapel_index c = 0; c < classes; c++) {
        max = x[c] > max ? x[c] : max;
    }
    return max;
}

/* The exponential of a class: 0 beyond the table. */
LAPEL_INLINE int32_t lapel_softmax_mve_exp(int8_t x, lapel_mve_four max, lapel_mve_four steps,
                                           const LAPEL_ROM lapel_softmax_mve_params *p)
{
    const int32_t difference = max - x;

    return steps > difference ? p->exps[difference] : 0;
}

/* The sum of the exponentials; 2^19 is 1.0. */
LAPEL_NOINLINE uint32_t lapel_softmax_mve_sum(const int8_t *x, lapel_mve_four max, lapel_mve_four steps,
                                              const LAPEL_ROM lapel_softmax_mve_params *p)
{
    uint32_t sum = 0;

    for (lapel_index c = 0; c < p->classes; c++) {
        sum += ((uint32_t)lapel_softmax_mve_exp(x[c], max, steps, p) + 2048u) >> 12;
    }
    return sum;
}

/* Where over 512 classes share the maximum, sum >= 2^28, no quotient reaches 1/512: scale is 0. */
LAPEL_NOINLINE void lapel_softmax_mve_outputs(int8_t *y, const int8_t *x, lapel_mve_four max, lapel_mve_four steps,
                                              const LAPEL_ROM lapel_softmax_mve_params *p, uint32_t sum)
{
    int32_t zeros = 0, scale, right;

    while ((sum << zeros & 0x80000000u) == 0) {
        zeros++;
    }
    scale = zeros < 4 ? 0 : lapel_reciprocal(sum << zeros);
    right = zeros < 4 ? 31 : 35 - zeros;
    for (lapel_index c = 0; c < p->classes; c++) {
        const int32_t high = lapel_mve_high(lapel_softmax_mve_exp(x[c], max, steps, p), scale);

        y[c] = (int8_t)lapel_mve_byte(lapel_mve_sum(lapel_mve_shift(high, right), -128));
    }
}

#endif

void lapel_softmax_mve(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_softmax_mve_params *p)
{
    const lapel_mve_four steps = lapel_mve_splat(p->steps);

    for (lapel_index row = 0; row < p->rows; row++) {
        const lapel_mve_four max = lapel_mve_splat(lapel_softmax_mve_max(x, p->classes));

        lapel_softmax_mve_outputs(y, x, max, steps, p, lapel_softmax_mve_sum(x, max, steps, p));
        x += p->classes;
        y += p->classes;
    }
}
