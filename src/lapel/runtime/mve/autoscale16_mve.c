#include "autoscale16_mve.h"

#ifdef LAPEL_MVE_ARM

/* The bits of all magnitudes in a row, one half of them above the other. */
LAPEL_INLINE uint32_t lapel_autoscale16_mve_bits(const int16_t *x, lapel_index length)
{
    uint32_t low, high;

    __asm__ volatile("vmov.i32 q1, #0\n"
                     "dlstp.16 lr, %[count]\n"
                     "1: vldrh.16 q0, [%[x]], #16\n"
                     "vabs.s16 q0, q0\n"
                     "vorr q1, q1, q0\n"
                     "letp lr, 1b\n"
                     "vmov %[low], %[high], q1[2], q1[0]\n"
                     "orr %[low], %[low], %[high]\n"
                     "vmov %[high], %[count], q1[3], q1[1]\n"
                     "orr %[high], %[high], %[count]\n"
                     : [x] "+&l"(x), [count] "+&r"(length), [low] "=&r"(low), [high] "=&r"(high)
                     :
                     : "lr", "q0", "q1", "memory");
    return low | high;
}

LAPEL_INLINE void lapel_autoscale16_mve_row(int16_t *y, const int16_t *x, lapel_index length, int32_t shift)
{
    __asm__ volatile("dlstp.16 lr, %[count]\n"
                     "1: vldrh.16 q0, [%[x]], #16\n"
                     "vshl.s16 q0, %[shift]\n"
                     "vstrh.16 q0, [%[y]], #16\n"
                     "letp lr, 1b\n"
                     : [y] "+&l"(y), [x] "+&l"(x)
                     : [count] "r"(length), [shift] "r"(shift)
                     : "lr", "q0", "memory");
}

#else

/* The bits of all magnitudes in a row. */
LAPEL_INLINE uint32_t lapel_autoscale16_mve_bits(const int16_t *x, lapel_index length)
{
    uint32_t found = 0;

    for (lapel_index i = 0; i < length; i++) {
        found |= (uint16_t)(x[i] < 0 ? -x[i] : x[i]);
    }
    return found;
}

LAPEL_INLINE void lapel_autoscale16_mve_row(int16_t *y, const int16_t *x, lapel_index length, int32_t shift)
{
    for (lapel_index i = 0; i < length; i++) {
        y[i] = (int16_t)(uint16_t)((uint16_t)x[i] << shift);
    }
}

#endif

void lapel_autoscale16_mve(int16_t *y, int32_t *bits, const int16_t *x, const LAPEL_ROM lapel_autoscale16_mve_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        const uint32_t found = lapel_autoscale16_mve_bits(x, p->length);
        const int_fast8_t shift = lapel_autoscale_shift((found | found >> 16) & 0xffffu, x, p->length);

        lapel_autoscale16_mve_row(y, x, p->length, shift);
        *bits++ = shift;
        x += p->length;
        y += p->length;
    }
}
