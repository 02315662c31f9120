#include "slide_mve.h"

#ifdef LAPEL_MVE_ARM

/* A vector is read before it is written, and from the end where no bytes of x still wait. */
void lapel_slide_mve(void *y, const void *x, const LAPEL_ROM lapel_slide_mve_params *p)
{
    const lapel_index rest = p->bytes & 15, whole = (lapel_index)(p->bytes - rest);
    int8_t *to = (int8_t *)y;
    const int8_t *from = (const int8_t *)x;
    const lapel_index vectors = p->bytes >> 4;

    if (to < from) {
        __asm__ volatile("wlstp.8 lr, %[bytes], 2f\n"
                         "1: vldrb.8 q0, [%[from]], #16\n"
                         "vstrb.8 q0, [%[to]], #16\n"
                         "letp lr, 1b\n"
                         "2:"
                         : [to] "+&r"(to), [from] "+&r"(from)
                         : [bytes] "r"(p->bytes)
                         : "lr", "q0", "memory");
        return;
    }
    to += whole;
    from += whole;
    __asm__ volatile(LAPEL_MVE_KEEP
                     "vctp.8 %[rest]\n"
                     "vpstt\n"
                     "vldrbt.8 q0, [%[from]]\n"
                     "vstrbt.8 q0, [%[to]]\n"
                     "wls lr, %[vectors], 2f\n"
                     "1: vldrb.8 q0, [%[from], #-16]!\n"
                     "vstrb.8 q0, [%[to], #-16]!\n"
                     "le lr, 1b\n"
                     "2:" LAPEL_MVE_KEPT
                     : [to] "+&r"(to), [from] "+&r"(from)
                     : [rest] "r"(rest), [vectors] "r"(vectors)
                     : "lr", "q0", LAPEL_MVE_P0 "memory");
}

#else

/* From the end where no bytes of x still wait. */
void lapel_slide_mve(void *y, const void *x, const LAPEL_ROM lapel_slide_mve_params *p)
{
    int8_t *const to = (int8_t *)y;
    const int8_t *const from = (const int8_t *)x;

    for (lapel_index i = 0; i < p->bytes; i++) {
        const lapel_index at = to < from ? i : (lapel_index)(p->bytes - 1 - i);

        to[at] = from[at];
    }
}

#endif
