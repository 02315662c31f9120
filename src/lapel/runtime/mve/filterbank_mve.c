#include "filterbank_mve.h"

#ifdef LAPEL_MVE_ARM

LAPEL_NOINLINE void lapel_filterbank_mve_row(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_filterbank_params *p)
{
    const LAPEL_ROM uint16_t *start = p->starts, *widths = p->widths, *pair = p->pairs;
    const LAPEL_ROM uint16_t *const last = start + p->channels;
    uint64_t begins = 0;

    for (; start <= last; start++) {
        const uint32_t *bin = x + *start;
        const uint32_t width = *widths++;
        const LAPEL_ROM uint16_t *weights = pair;
        uint64_t ends = 0;

        /* Sums are in an even register and the odd one behind it. */
        __asm__ volatile("wlstp.32 lr, %[width], 2f\n"
                         "1: vldrh.16 q0, [%[weights]], #16\n"
                         "vldrw.32 q1, [%[bin]], #16\n"
                         "vmovlb.u16 q2, q0\n"
                         "vmlaldava.u32 %Q[begins], %R[begins], q1, q2\n"
                         "vmovlt.u16 q3, q0\n"
                         "vmlaldava.u32 %Q[ends], %R[ends], q1, q3\n"
                         "letp lr, 1b\n"
                         "2:"
                         : [begins] "+&r"(begins), [ends] "+&r"(ends), [bin] "+&l"(bin), [weights] "+&l"(weights)
                         : [width] "r"(width)
                         : "lr", "q0", "q1", "q2", "q3", "memory");
        if (start != p->starts) {
            *y++ = begins;
        }
        pair += 2 * width;
        begins = ends;
    }
}

#else

LAPEL_NOINLINE void lapel_filterbank_mve_row(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_filterbank_params *p)
{
    lapel_filterbank_row(y, x, p);
}

#endif

void lapel_filterbank_mve(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_filterbank_mve_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        lapel_filterbank_mve_row(y, x, p);
        y += p->channels;
        x += p->bins;
    }
}
