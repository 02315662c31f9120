#include "taper_mve.h"

#ifdef LAPEL_MVE_ARM

/* Bits of all lanes. */
LAPEL_INLINE uint32_t lapel_taper_mve_joined(uint32x4_t all)
{
    return (vgetq_lane_u32(all, 0) | vgetq_lane_u32(all, 1)) | (vgetq_lane_u32(all, 2) | vgetq_lane_u32(all, 3));
}

/* All bits that any magnitude of gain * x has. */
LAPEL_INLINE uint32_t lapel_taper_mve_bits(const int16_t *x, const LAPEL_ROM lapel_taper_params *p)
{
    uint32x4_t all = vdupq_n_u32(0);

    __asm__ volatile("dlstp.32 lr, %[count]\n"
                     "1: vldrh.s32 q0, [%[x]], #8\n"
                     "vmul.i32 q0, q0, %[gain]\n"
                     "vabs.s32 q0, q0\n"
                     "vorr %q[all], %q[all], q0\n"
                     "letp lr, 1b\n"
                     : [x] "+&l"(x), [all] "+&w"(all)
                     : [count] "r"(p->length), [gain] "r"(p->gain)
                     : "lr", "q0", "memory");
    return lapel_taper_mve_joined(all);
}

/* The same of gain * x - lean * the sample before. */
LAPEL_INLINE uint32_t lapel_taper_mve_lean_bits(const int16_t *x, const LAPEL_ROM lapel_taper_params *p)
{
    uint32x4_t all = vdupq_n_u32(0);

    __asm__ volatile("dlstp.32 lr, %[count]\n"
                     "1: vldrh.s32 q0, [%[x], #2]\n"
                     "vldrh.s32 q1, [%[x]], #8\n"
                     "vmul.i32 q0, q0, %[gain]\n"
                     "vmla.s32 q0, q1, %[lean]\n"
                     "vabs.s32 q0, q0\n"
                     "vorr %q[all], %q[all], q0\n"
                     "letp lr, 1b\n"
                     : [x] "+&l"(x), [all] "+&w"(all)
                     : [count] "r"(p->length), [gain] "r"(p->gain), [lean] "r"(-p->lean)
                     : "lr", "q0", "q1", "memory");
    return lapel_taper_mve_joined(all);
}

LAPEL_INLINE void lapel_taper_mve_frame(int32_t *y, const int16_t *x, int32_t left, const LAPEL_ROM lapel_taper_params *p)
{
    const LAPEL_ROM int32_t *window = p->window;

    __asm__ volatile("dlstp.32 lr, %[count]\n"
                     "1: vldrh.s32 q0, [%[x]], #8\n"
                     "vmul.i32 q0, q0, %[gain]\n"
                     "vldrw.32 q1, [%[window]], #16\n"
                     "vshl.s32 q0, %[left]\n"
                     "vrmulh.s32 q0, q0, q1\n"
                     "vstrw.32 q0, [%[y]], #16\n"
                     "letp lr, 1b\n"
                     : [y] "+&l"(y), [x] "+&l"(x), [window] "+&l"(window)
                     : [count] "r"(p->length), [gain] "r"(p->gain), [left] "r"(left)
                     : "lr", "q0", "q1", "memory");
}

LAPEL_INLINE void lapel_taper_mve_lean_frame(int32_t *y, const int16_t *x, int32_t left,
                                             const LAPEL_ROM lapel_taper_params *p)
{
    const LAPEL_ROM int32_t *window = p->window;

    __asm__ volatile("dlstp.32 lr, %[count]\n"
                     "1: vldrh.s32 q0, [%[x], #2]\n"
                     "vldrh.s32 q1, [%[x]], #8\n"
                     "vmul.i32 q0, q0, %[gain]\n"
                     "vmla.s32 q0, q1, %[lean]\n"
                     "vldrw.32 q1, [%[window]], #16\n"
                     "vshl.s32 q0, %[left]\n"
                     "vrmulh.s32 q0, q0, q1\n"
                     "vstrw.32 q0, [%[y]], #16\n"
                     "letp lr, 1b\n"
                     : [y] "+&l"(y), [x] "+&l"(x), [window] "+&l"(window)
                     : [count] "r"(p->length), [gain] "r"(p->gain), [lean] "r"(-p->lean), [left] "r"(left)
                     : "lr", "q0", "q1", "memory");
}

#else

/* All bits that any magnitude of gain * x - lean * the sample before has. */
LAPEL_INLINE uint32_t lapel_taper_mve_lean_bits(const int16_t *x, const LAPEL_ROM lapel_taper_params *p)
{
    uint32_t all = 0;

    for (lapel_index i = 0; i < p->length; i++) {
        const int32_t e = p->gain * x[i + 1] - p->lean * x[i];

        all |= (uint32_t)(e < 0 ? -e : e);
    }
    return all;
}

/* The same of gain * x. */
LAPEL_INLINE uint32_t lapel_taper_mve_bits(const int16_t *x, const LAPEL_ROM lapel_taper_params *p)
{
    uint32_t all = 0;

    for (lapel_index i = 0; i < p->length; i++) {
        all |= (uint32_t)(p->gain * (x[i] < 0 ? -x[i] : x[i]));
    }
    return all;
}

LAPEL_INLINE int32_t lapel_taper_mve_rounded(int32_t e, int32_t left, int32_t window)
{
    const int64_t product = (int64_t)(int32_t)((uint32_t)e << left) * window;

    return (int32_t)((product + ((int64_t)1 << 31)) >> 32);
}

LAPEL_INLINE void lapel_taper_mve_frame(int32_t *y, const int16_t *x, int32_t left, const LAPEL_ROM lapel_taper_params *p)
{
    for (lapel_index i = 0; i < p->length; i++) {
        y[i] = lapel_taper_mve_rounded(p->gain * x[i], left, p->window[i]);
    }
}

LAPEL_INLINE void lapel_taper_mve_lean_frame(int32_t *y, const int16_t *x, int32_t left,
                                             const LAPEL_ROM lapel_taper_params *p)
{
    for (lapel_index i = 0; i < p->length; i++) {
        y[i] = lapel_taper_mve_rounded(p->gain * x[i + 1] - p->lean * x[i], left, p->window[i]);
    }
}

#endif

void lapel_taper_mve(int32_t *y, int32_t *shift, const int16_t *x, const LAPEL_ROM lapel_taper_mve_params *p)
{
    for (lapel_index t = p->frames; t > 0; t--) {
        if (p->lean > 0) {
            const int_fast8_t room = lapel_taper_room(lapel_taper_mve_lean_bits(x, p), p->bits);

            lapel_taper_mve_lean_frame(y, x++, room + 31 - p->bits, p);
            *shift++ = room;
        } else {
            const int_fast8_t room = lapel_taper_room(lapel_taper_mve_bits(x, p), p->bits);

            lapel_taper_mve_frame(y, x, room + 31 - p->bits, p);
            *shift++ = room;
        }
        x += p->length;
        y += p->length;
    }
}
