/* Rows of weights that are gaps and weights that are not zero, as symbols of two Huffman codes, decoded by tables. */
#ifndef LAPEL_GAPS32ROWS_H
#define LAPEL_GAPS32ROWS_H

#include "codedrows.h"
#include "gaps32.h"

/* A lapel_next_fn. */
LAPEL_INLINE void lapel_gaps32_next_row(void *decoder, int8_t *w, lapel_index count)
{
    lapel_gaps32_next((lapel_gaps32 *)decoder, w, count);
}

#endif
