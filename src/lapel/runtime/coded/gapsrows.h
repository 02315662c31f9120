/* Rows of weights that are gaps and weights that are not zero, as symbols of two Huffman codes. */
#ifndef LAPEL_GAPSROWS_H
#define LAPEL_GAPSROWS_H

#include "codedrows.h"
#include "gaps.h"

/* A lapel_next_fn. */
LAPEL_INLINE void lapel_gaps_next_row(void *decoder, int8_t *w, lapel_index count)
{
    lapel_gaps_next((lapel_gaps *)decoder, w, count);
}

#endif
