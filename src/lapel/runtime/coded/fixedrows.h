/* Rows of weights that are indexes into a code book. */
#ifndef LAPEL_FIXEDROWS_H
#define LAPEL_FIXEDROWS_H

#include "codedrows.h"
#include "fixed.h"

/* A lapel_next_fn. */
LAPEL_INLINE void lapel_fixed_next_row(void *decoder, int8_t *w, lapel_index count)
{
    lapel_fixed_next((lapel_fixed *)decoder, w, count);
}

#endif
