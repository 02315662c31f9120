/* Logistic and tanh of 16-bit fixed-point numbers by interpolation in a table (SPEC 5). */
#ifndef LAPEL_INTERPOLATED_H
#define LAPEL_INTERPOLATED_H

#include "lapel.h"

/* 2^bits * table[magnitude / 2^bits], linear between entries; magnitude / 2^bits < 255, bits 8 or 9. */
LAPEL_INLINE int32_t lapel_interpolate(uint32_t magnitude, int_fast8_t bits, const LAPEL_ROM uint16_t *table)
{
    const LAPEL_ROM uint16_t *at = table + (lapel_index)(magnitude >> bits);
    const unsigned low = at[0], rise = at[1] - low, part = (unsigned)magnitude & ((1u << bits) - 1u);

    return (int32_t)(((uint32_t)low << bits) + (uint32_t)part * rise);
}

/* 2^15 / (1 + exp(-v / 12288)), 1..32767. v: any int32 but the lowest; table: [256] 2^16 / (1 + exp(-i / 24)). */
LAPEL_INLINE int16_t lapel_logistic16(int32_t v, const LAPEL_ROM uint16_t *table)
{
    const uint32_t magnitude = (uint32_t)(v < 0 ? -v : v);
    const int32_t y = magnitude >= (uint32_t)255 << 9 ? (int32_t)0x7FFF << 10 : lapel_interpolate(magnitude, 9, table);

    return (int16_t)((v >= 0 ? y + 512 : ((int32_t)1 << 25) - y + 511) >> 10);
}

/* 2^15 * tanh(v / 12288), -32767..32767. v and table: as above. */
LAPEL_INLINE int16_t lapel_tanh16(int32_t v, const LAPEL_ROM uint16_t *table)
{
    const uint32_t magnitude = (uint32_t)(v < 0 ? -v : v);
    const int32_t y = (magnitude >= (uint32_t)255 << 8 ? (int32_t)0xFFFF << 8 : lapel_interpolate(magnitude, 8, table)) -
                      ((int32_t)1 << 23);

    return (int16_t)((v >= 0 ? y + 128 : 127 - y) >> 8);
}

#endif
