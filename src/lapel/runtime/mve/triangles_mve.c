#include "triangles_mve.h"

#ifdef LAPEL_MVE_ARM

LAPEL_NOINLINE void lapel_triangles_mve_row(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_triangles_params *p)
{
    const LAPEL_ROM uint16_t *start = p->starts, *widths = p->widths, *weights = p->weights;
    const LAPEL_ROM uint16_t *const last = start + p->channels;
    const uint32x4_t whole = vdupq_n_u32(p->whole);
    uint64_t begins = 0;

    for (; start <= last; start++) {
        const uint32_t *bin = x + *start;
        const uint32_t width = *widths++;
        const LAPEL_ROM uint16_t *weight = weights;
        uint64_t ends = 0;

        /* Sums are in an even register and the odd one behind it. */
        __asm__ volatile("wlstp.32 lr, %[width], 2f\n"
                         "1: vldrh.u32 q0, [%[weight]], #8\n"
                         "vldrw.32 q1, [%[bin]], #16\n"
                         "vmlaldava.u32 %Q[begins], %R[begins], q1, q0\n"
                         "vsub.i32 q0, %q[whole], q0\n"
                         "vmlaldava.u32 %Q[ends], %R[ends], q1, q0\n"
                         "letp lr, 1b\n"
                         "2:"
                         : [begins] "+&r"(begins), [ends] "+&r"(ends), [bin] "+&l"(bin), [weight] "+&l"(weight)
                         : [width] "r"(width), [whole] "w"(whole)
                         : "lr", "q0", "q1", "memory");
        if (start != p->starts) {
            *y++ = begins;
        }
        weights += width;
        begins = ends;
    }
}

#else

LAPEL_NOINLINE void lapel_triangles_mve_row(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_triangles_params *p)
{
    lapel_triangles_row(y, x, p);
}

#endif

void lapel_triangles_mve(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_triangles_mve_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        lapel_triangles_mve_row(y, x, p);
        y += p->channels;
        x += p->bins;
    }
}
