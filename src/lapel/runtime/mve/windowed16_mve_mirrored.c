#include "windowed16_mve_mirrored.h"

#ifdef LAPEL_MVE_ARM

/* q0 times q1, shifted and saturated, to q2. */
#define LAPEL_WINDOWED16_MVE_EIGHT                  \
    "vmullb.s16 q2, q0, q1\n"                       \
    "vmullt.s16 q0, q0, q1\n"                       \
    "vshl.s32 q2, %[left]\n"                        \
    "vshl.s32 q0, %[left]\n"                        \
    "vqmovnb.s32 q2, q2\n"                          \
    "vqmovnt.s32 q2, q0\n"

/* Eight samples from the row's start on and eight from its end back, whose last comes first. */
LAPEL_INLINE void lapel_windowed16_mve_mirrored_row(int16_t *y, const int16_t *x,
                                                    const LAPEL_ROM lapel_windowed16_mve_mirrored_params *p)
{
    const lapel_index last = p->length - 8;
    const int16_t *back = x + last;
    int16_t *to = y + last;
    const LAPEL_ROM int16_t *window = p->window;

    __asm__ volatile("dls lr, %[groups]\n"
                     "1: vldrh.16 q1, [%[window]], #16\n"
                     "vldrh.16 q0, [%[x]], #16\n"
                     LAPEL_WINDOWED16_MVE_EIGHT
                     "vstrh.16 q2, [%[y]], #16\n"
                     "vldrh.u16 q0, [%[back], %q[mirror], uxtw #1]\n"
                     LAPEL_WINDOWED16_MVE_EIGHT
                     "vstrh.16 q2, [%[to], %q[mirror], uxtw #1]\n"
                     "subs %[back], #16\n"
                     "subs %[to], #16\n"
                     "le lr, 1b\n"
                     : [y] "+&l"(y), [x] "+&l"(x), [window] "+&l"(window), [back] "+&l"(back), [to] "+&l"(to)
                     : [groups] "r"(p->length >> 4), [left] "r"(-p->shift), [mirror] "w"(vddupq_n_u16(7, 1))
                     : "lr", "q0", "q1", "q2", "cc", "memory");
}

#else

/* A sample from the row's start on and one from its end back. */
LAPEL_INLINE void lapel_windowed16_mve_mirrored_row(int16_t *y, const int16_t *x,
                                                    const LAPEL_ROM lapel_windowed16_mve_mirrored_params *p)
{
    const lapel_index last = p->length - 1;

    for (lapel_index i = 0; i < p->length / 2; i++) {
        y[i] = (int16_t)lapel_mve_narrow(((int32_t)x[i] * p->window[i]) >> p->shift);
        y[last - i] = (int16_t)lapel_mve_narrow(((int32_t)x[last - i] * p->window[i]) >> p->shift);
    }
}

#endif

void lapel_windowed16_mve_mirrored(int16_t *y, const int16_t *x,
                                   const LAPEL_ROM lapel_windowed16_mve_mirrored_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        const int16_t odd = x[p->odd];

        lapel_windowed16_mve_mirrored_row(y, x, p);
        y[p->odd] = lapel_mirrored16_odd(odd, p);
        x += p->length;
        y += p->length;
    }
}
