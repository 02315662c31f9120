#include "lookup.h"

void lapel_lookup(void *y, const void *x, const LAPEL_ROM lapel_lookup_params *p)
{
    const LAPEL_ROM uint8_t *table = p->table;
    const uint8_t *from = (const uint8_t *)x;
    uint8_t *to = (uint8_t *)y;
    lapel_index n = p->count;

    for (; n >= 4; n = (lapel_index)(n - 4)) {
        const uint8_t v0 = from[0], v1 = from[1], v2 = from[2], v3 = from[3];

        to[0] = table[v0];
        to[1] = table[v1];
        to[2] = table[v2];
        to[3] = table[v3];
        from += 4;
        to += 4;
    }
    for (; n > 0; n--) {
        *to++ = table[*from++];
    }
}
