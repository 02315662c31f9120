/* Rows of weights that are gaps and weights that are not zero, as bytes. */
#ifndef LAPEL_SPARSEROWS_H
#define LAPEL_SPARSEROWS_H

#include "codedrows.h"
#include "sparse.h"

/* A lapel_next_fn. */
LAPEL_INLINE void lapel_sparse_next_row(void *decoder, int8_t *w, lapel_index count)
{
    lapel_sparse_next((lapel_sparse *)decoder, w, count);
}

#endif
