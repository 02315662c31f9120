/* Rows of weights that are gaps and weights that are not zero, as bytes. */
#ifndef LAPEL_SPARSEROWS_H
#define LAPEL_SPARSEROWS_H

#include "codedrows.h"
#include "sparse.h"

typedef struct {
    const LAPEL_ROM uint8_t *codes; /* of w[out_c][kernel_h][kernel_w][in_c]; docs/SPEC.md §9 */
    lapel_index code_bytes;         /* >= 1 */
} lapel_sparse_code;

LAPEL_INLINE lapel_sparse lapel_sparse_rows(const LAPEL_ROM lapel_sparse_code *c)
{
    return lapel_sparse_from(c->codes, c->code_bytes);
}

/* A lapel_next_fn. */
LAPEL_INLINE void lapel_sparse_next_row(void *decoder, int8_t *w, lapel_index count)
{
    lapel_sparse_next((lapel_sparse *)decoder, w, count);
}

#endif
