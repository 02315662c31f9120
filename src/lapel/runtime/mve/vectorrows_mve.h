/* Decoded rows of weights as vectors, four rows side by side, as dot_mve.h has them. */
#ifndef LAPEL_VECTORROWS_MVE_H
#define LAPEL_VECTORROWS_MVE_H

#include "codedrows.h"
#include "mve.h"

#define LAPEL_MVE_FOUR 64 /* bytes from a vector of a row to its next */

/* to: `runs` times the next `run` weights, in vectors of 16 with zeros behind them; *sum: theirs. Returns 0, and has done
 * nothing, where that cannot be done at once. */
typedef int8_t lapel_next_vectors_fn(void *decoder, int8_t *to, lapel_index runs, lapel_index run, int32_t *sum);

/* A decoder, whichever. */
typedef struct {
    lapel_rows rows;
    lapel_next_vectors_fn *vectors; /* 0: rows are decoded as they are */
} lapel_vector_rows;

#endif
