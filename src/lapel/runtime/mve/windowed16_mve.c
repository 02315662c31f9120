#include "windowed16_mve.h"

#ifdef LAPEL_MVE_ARM

/* As many samples as count, which is even: products are words, of which a tail of halves would take one half. */
LAPEL_INLINE void lapel_windowed16_mve_even(int16_t *y, const int16_t *x, const LAPEL_ROM int16_t *window,
                                            lapel_index count, int32_t shift)
{
    __asm__ volatile("vdup.32 q3, %[left]\n"
                     "wlstp.16 lr, %[count], 2f\n"
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
                     "2:"
                     : [y] "+&l"(y), [x] "+&l"(x), [window] "+&l"(window)
                     : [count] "r"(count), [left] "r"(-shift)
                     : "lr", "q0", "q1", "q2", "q3", "memory");
}

#else

/* As many samples as count, which is even. */
LAPEL_INLINE void lapel_windowed16_mve_even(int16_t *y, const int16_t *x, const LAPEL_ROM int16_t *window,
                                            lapel_index count, int32_t shift)
{
    for (lapel_index i = 0; i < count; i++) {
        y[i] = (int16_t)lapel_mve_narrow(((int32_t)x[i] * window[i]) >> shift);
    }
}

#endif

void lapel_windowed16_mve(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_windowed16_mve_params *p)
{
    const lapel_index even = p->length & ~1;

    for (lapel_index row = p->rows; row > 0; row--) {
        lapel_windowed16_mve_even(y, x, p->window, even, p->shift);
        if (even != p->length) {
            y[even] = lapel_clamp16(((int32_t)x[even] * p->window[even]) >> p->shift, INT16_MIN, INT16_MAX);
        }
        x += p->length;
        y += p->length;
    }
}
