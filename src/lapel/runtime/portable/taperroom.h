/* By how much a frame can be made louder before it goes under a window (SPEC 11). */
#ifndef LAPEL_TAPERROOM_H
#define LAPEL_TAPERROOM_H

#include "highbit.h"
#include "taper.h"

/* Bits by which a frame can be shifted to the left. all: every bit that any of its magnitudes has. */
LAPEL_INLINE int_fast8_t lapel_taper_room(uint32_t all, int_fast8_t bits)
{
    const int_fast8_t taken = (int_fast8_t)(all > 0 ? 32 - lapel_leading_zeros(all) : 0);

    return (int_fast8_t)(taken < bits ? bits - taken : 0);
}

#endif
