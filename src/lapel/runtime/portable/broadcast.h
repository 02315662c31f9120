/* What the kernels of two operands share: the walk over the rows of a broadcast, and saturation. */
#ifndef LAPEL_BROADCAST_H
#define LAPEL_BROADCAST_H

#include "lapel.h"

#define LAPEL_BROADCAST_OUTER 4

/* Count one row: returns the level whose jump to apply, LAPEL_BROADCAST_OUTER after the last row.
   at: [LAPEL_BROADCAST_OUTER], zeroed before the first row; counts: as at, innermost first, each >= 1. */
LAPEL_INLINE lapel_index lapel_broadcast_next(lapel_index *at, const LAPEL_ROM lapel_index *counts)
{
    for (lapel_index level = 0; level < LAPEL_BROADCAST_OUTER; level++) {
        at[level]++;
        if (at[level] < counts[level]) {
            return level;
        }
        at[level] = 0;
    }
    return LAPEL_BROADCAST_OUTER;
}

/* The loops of a broadcast, as the params of a kernel have them. */
typedef struct {
    lapel_index count;                         /* >= 1, elements of the innermost loop */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* >= 1, counts of the loops around it, innermost first */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* elements from row to row, by the loop that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
} lapel_broadcast_shape;

/* x limited to -128..127, without the two comparisons that a clamp takes. */
LAPEL_INLINE int8_t lapel_broadcast_saturate(int32_t x)
{
    return (int8_t)((int8_t)x == x ? x : (x >> 31) ^ 127);
}

#endif
