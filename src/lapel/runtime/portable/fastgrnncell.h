/* One unit of a FastGRNN from its sum on: gate, update, state. */
#ifndef LAPEL_FASTGRNNCELL_H
#define LAPEL_FASTGRNNCELL_H

#include "lapel.h"

/* The fields of a kernel's params that are the same for every unit. */
typedef struct {
    const LAPEL_ROM uint8_t *table; /* [256] of a sigmoid, 256 is 1 */
    uint16_t zeta;                  /* 0..256, 256 is 1 */
    uint16_t nu;
    uint8_t drop;                   /* 1..24 */
} lapel_fastgrnncell;

/* A state, of which 2^14 is 1, as it is multiplied with weights: 128 is 1. */
LAPEL_INLINE int8_t lapel_fastgrnncell_seen(int16_t h)
{
    return lapel_clamp(((int32_t)h + 64) >> 7, -128, 127);
}

/* The table's entry for a sum. */
LAPEL_NOINLINE int16_t lapel_fastgrnncell_curve(int32_t sum, uint8_t drop, const LAPEL_ROM uint8_t *table)
{
    return table[(uint8_t)(lapel_clamp(sum >> drop, -128, 127) + 128)];
}

/* The new state from the old one; gate, update: sums with their biases. */
LAPEL_INLINE int16_t lapel_fastgrnncell_step(int16_t h, int32_t gate, int32_t update, const lapel_fastgrnncell *p)
{
    const int16_t z = lapel_fastgrnncell_curve(gate, p->drop, p->table);
    const int16_t c = (int16_t)(2 * lapel_fastgrnncell_curve(update, (uint8_t)(p->drop - 1), p->table) - 256);
    const int32_t share = (int32_t)(((uint32_t)p->zeta * (uint16_t)(256 - z)) >> 8) + p->nu;

    return lapel_clamp16((((int32_t)z * h) >> 8) + ((share * c) >> 2), INT16_MIN, INT16_MAX);
}

#endif
