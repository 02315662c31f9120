#include "lookup_mve.h"

#ifdef LAPEL_MVE_ARM

void lapel_lookup_mve(void *y, const void *x, const LAPEL_ROM lapel_lookup_mve_params *p)
{
    __asm__ volatile("dlstp.8 lr, %[count]\n"
                     "1: vldrb.8 q0, [%[x]], #16\n"
                     "vldrb.u8 q1, [%[table], q0]\n"
                     "vstrb.8 q1, [%[y]], #16\n"
                     "letp lr, 1b\n"
                     : [y] "+&l"(y), [x] "+&l"(x)
                     : [count] "r"(p->count), [table] "r"(p->table)
                     : "lr", "q0", "q1", "memory");
}

#else

void lapel_lookup_mve(void *y, const void *x, const LAPEL_ROM lapel_lookup_mve_params *p)
{
    const LAPEL_ROM int8_t *const table = (const LAPEL_ROM int8_t *)p->table;

    for (lapel_index i = 0; i < p->count; i++) {
        ((int8_t *)y)[i] = table[((const uint8_t *)x)[i]];
    }
}

#endif
