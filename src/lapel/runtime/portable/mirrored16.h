/* Windows that are their own mirror but for one weight, for variants of `windowed16` with half a table. */
#ifndef LAPEL_MIRRORED16_H
#define LAPEL_MIRRORED16_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM int16_t *window; /* [length / 2], the first half */
    lapel_index rows;                /* >= 1 */
    lapel_index length;
    lapel_index odd;    /* the sample of the second half whose weight is not its mirror's, or any */
    int16_t odd_weight; /* which that is */
    int8_t shift;       /* 0..31 */
} lapel_mirrored16_params;

/* A sample under the weight of its own. */
LAPEL_INLINE int16_t lapel_mirrored16_odd(int16_t x, const LAPEL_ROM lapel_mirrored16_params *p)
{
    return lapel_clamp16(((int32_t)x * p->odd_weight) >> p->shift, INT16_MIN, INT16_MAX);
}

#endif
