#include "dct_mve.h"

#ifdef LAPEL_MVE_ARM

/* sum + x times row. */
LAPEL_INLINE int64_t lapel_dct_mve_sum(int64_t sum, const int32_t *x, const LAPEL_ROM int16_t *row, lapel_index count)
{
    /* The sum is in an even register and the odd one behind it. */
    __asm__ volatile("dlstp.32 lr, %[count]\n"
                     "1: vldrw.32 q0, [%[x]], #16\n"
                     "vldrh.s32 q1, [%[row]], #8\n"
                     "vmlaldava.s32 %Q[sum], %R[sum], q0, q1\n"
                     "letp lr, 1b\n"
                     : [sum] "+&r"(sum), [x] "+&l"(x), [row] "+&l"(row)
                     : [count] "r"(count)
                     : "lr", "q0", "q1", "memory");
    return sum;
}

#else

/* sum + x times row. */
LAPEL_INLINE int64_t lapel_dct_mve_sum(int64_t sum, const int32_t *x, const LAPEL_ROM int16_t *row, lapel_index count)
{
    for (lapel_index i = 0; i < count; i++) {
        sum += (int64_t)x[i] * row[i];
    }
    return sum;
}

#endif

void lapel_dct_mve(int8_t *y, const int32_t *x, const LAPEL_ROM lapel_dct_mve_params *p)
{
    for (lapel_index t = p->frames; t > 0; t--) {
        const LAPEL_ROM int16_t *row = p->rows;

        for (lapel_index k = 0; k < p->outputs; k++) {
            *y++ = lapel_dct_output(lapel_dct_mve_sum(p->bias[k], x, row, p->inputs), p->drop);
            row += p->inputs;
        }
        x += p->inputs;
    }
}
