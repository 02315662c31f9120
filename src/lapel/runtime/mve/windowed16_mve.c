#include "windowed16_mve.h"

#ifdef LAPEL_MVE_ARM

/* One row. */
LAPEL_INLINE void lapel_windowed16_mve_row(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_windowed16_mve_params *p)
{
    const LAPEL_ROM int16_t *window = p->window;

    __asm__ volatile("vdup.32 q3, %[left]\n"
                     "dlstp.16 lr, %[count]\n"
                     "1: vldrh.16 q0, [%[x]], #16\n"
                     "vldrh.16 q1, [%[window]], #16\n"
                     "vmullb.s16 q2, q0, q1\n"
                     "vmullt.s16 q0, q0, q1\n"
                     "vshl.s32 q2, q2, q3\n"
                     "vshl.s32 q0, q0, q3\n"
                     "vqmovnb.s32 q2, q2\n"
                     "vqmovnt.s32 q2, q0\n"
                     "vstrh.16 q2, [%[y]], #16\n"
                     "letp lr, 1b\n"
                     : [y] "+&l"(y), [x] "+&l"(x), [window] "+&l"(window)
                     : [count] "r"(p->length), [left] "r"(-(int32_t)p->shift)
                     : "lr", "q0", "q1", "q2", "q3", "memory");
}

#else

/* One row. */
LAPEL_INLINE void lapel_windowed16_mve_row(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_windowed16_mve_params *p)
{
    for (lapel_index i = 0; i < p->length; i++) {
        y[i] = (int16_t)lapel_mve_narrow(((int32_t)x[i] * p->window[i]) >> p->shift);
    }
}

#endif

void lapel_windowed16_mve(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_windowed16_mve_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        lapel_windowed16_mve_row(y, x, p);
        x += p->length;
        y += p->length;
    }
}
