#include "energy16_mve.h"

#ifdef LAPEL_MVE_ARM

/* Some bins, perhaps none. */
LAPEL_INLINE void lapel_energy16_mve_bins(uint32_t *y, const int16_t *x, lapel_index count)
{
    __asm__ volatile("wlstp.32 lr, %[count], 2f\n"
                     "1: vldrw.32 q0, [%[x]], #16\n"
                     "vmullb.s16 q1, q0, q0\n"
                     "vmullt.s16 q0, q0, q0\n"
                     "vadd.i32 q0, q0, q1\n"
                     "vstrw.32 q0, [%[y]], #16\n"
                     "letp lr, 1b\n"
                     "2:"
                     : [y] "+&l"(y), [x] "+&l"(x)
                     : [count] "r"(count)
                     : "lr", "q0", "q1", "memory");
}

#else

/* Some bins, perhaps none. */
LAPEL_INLINE void lapel_energy16_mve_bins(uint32_t *y, const int16_t *x, lapel_index count)
{
    for (lapel_index i = 0; i < count; i++) {
        int16_t bin[2];
        uint32_t sum;

        memcpy(bin, x + 2 * i, sizeof bin);
        sum = (uint32_t)(bin[0] * bin[0]) + (uint32_t)(bin[1] * bin[1]);
        memcpy(y + i, &sum, sizeof sum);
    }
}

#endif

void lapel_energy16_mve(uint32_t *y, const int16_t *x, const LAPEL_ROM lapel_energy16_mve_params *p)
{
    const lapel_index start = p->start, end = p->end;

    for (lapel_index row = p->rows; row > 0; row--) {
        lapel_mve_fill((int8_t *)y, 0, 4 * start);
        lapel_energy16_mve_bins(y + start, x + 2 * start, end - start);
        lapel_mve_fill((int8_t *)(y + end), 0, 4 * (p->bins - end));
        x += 2 * p->bins;
        y += p->bins;
    }
}
