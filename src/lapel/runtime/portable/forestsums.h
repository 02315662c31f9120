/* Numbers of a leaf, added to outputs; sums wrap as int32. */
#ifndef LAPEL_FORESTSUMS_H
#define LAPEL_FORESTSUMS_H

#include "foreststream.h"

LAPEL_INLINE void lapel_forest_add(int32_t *y, int32_t value)
{
    *y = (int32_t)((uint32_t)*y + (uint32_t)value);
}

/* A signed number of 1, 2 or 4 bytes. */
LAPEL_INLINE int32_t lapel_forest_value(const LAPEL_ROM uint8_t *p, uint8_t width)
{
    if (width == 1) {
        return (int8_t)p[0];
    }
    if (width == 2) {
        return (int16_t)lapel_forest_word(p);
    }
    return (int32_t)(lapel_forest_word(p) | (uint32_t)lapel_forest_word(p + 2) << 16);
}

/* Numbers of a leaf in a stream of bytes: each behind its output, unless there is one alone. width: bytes of each. */
LAPEL_NOINLINE void lapel_forest_sum(int32_t *y, const LAPEL_ROM uint8_t *leaf, lapel_index outputs, uint8_t width)
{
    const LAPEL_ROM uint8_t *p = leaf + 1;

    for (uint8_t n = (uint8_t)(leaf[0] & 0x7F); n > 0; n--) {
        const uint8_t o = outputs > 1 ? *p++ : 0;

        lapel_forest_add(y + o, lapel_forest_value(p, width));
        p += width;
    }
}

/* The same in a stream of words. width: words of each number, 1 or 2. */
LAPEL_NOINLINE void lapel_forest_sumwords(int32_t *y, const LAPEL_ROM uint16_t *leaf, lapel_index outputs,
                                          uint8_t width)
{
    const LAPEL_ROM uint16_t *p = leaf + 1;

    for (uint16_t n = (uint16_t)(leaf[0] & 0x7FFF); n > 0; n--) {
        const uint16_t o = outputs > 1 ? *p++ : 0;

        lapel_forest_add(y + o, width == 1 ? (int16_t)p[0] : (int32_t)(p[0] | (uint32_t)p[1] << 16));
        p += width;
    }
}

#endif
