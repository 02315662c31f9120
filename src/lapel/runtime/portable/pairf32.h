/* Params of the float32 kernels that make each element of two, with broadcasting, and their walk over rows. */
#ifndef LAPEL_PAIRF32_H
#define LAPEL_PAIRF32_H

#include "broadcast.h"
#include "floats.h"

typedef struct {
    lapel_broadcast_shape loops;
    int8_t a_step; /* 0 or 1: elements of a for one of y in the innermost loop */
    int8_t b_step; /* 0 or 1 */
} lapel_pairf32_params;

/* Go on to the next row of y, a and b; 0 if there is none. at: as of lapel_broadcast_next. */
LAPEL_FORCE_INLINE int8_t lapel_pairf32_more(lapel_index *at, float **y, const float **a, const float **b,
                                             const LAPEL_ROM lapel_broadcast_shape *loops)
{
    const lapel_index level = lapel_broadcast_next(at, loops->outer);

    if (level == LAPEL_BROADCAST_OUTER) {
        return 0;
    }
    *y += loops->count;
    *a += loops->a_jump[level];
    *b += loops->b_jump[level];
    return 1;
}

#endif
