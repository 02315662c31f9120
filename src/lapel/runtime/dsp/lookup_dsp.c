#include "lookup_dsp.h"

LAPEL_INLINE uint32_t lapel_lookup_dsp_four(uint32_t x, const LAPEL_ROM uint8_t *table)
{
    const uint8_t y0 = table[x & 255], y1 = table[x >> 8 & 255], y2 = table[x >> 16 & 255], y3 = table[x >> 24];

    return lapel_pack4(y0, y1, y2, y3);
}

void lapel_lookup_dsp(void *y, const void *x, const LAPEL_ROM lapel_lookup_dsp_params *p)
{
    const LAPEL_ROM uint8_t *const table = p->table;
    const uint8_t *from = (const uint8_t *)x;
    uint8_t *to = (uint8_t *)y;
    lapel_index tail = p->count & 7;

    for (const uint8_t *const end = to + (p->count - tail); to != end; to += 8) {
        const uint32_t u = lapel_read4(from), v = lapel_read4(from + 4);

        lapel_write4(to, lapel_lookup_dsp_four(u, table));
        lapel_write4(to + 4, lapel_lookup_dsp_four(v, table));
        from += 8;
    }
    for (; tail > 0; tail--) {
        *to++ = table[*from++];
    }
}
