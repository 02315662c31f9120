/* Rows of weights that are indexes into a code book. */
#ifndef LAPEL_FIXEDROWS_H
#define LAPEL_FIXEDROWS_H

#include "codedrows.h"
#include "fixed.h"

typedef struct {
    const LAPEL_ROM uint8_t *codes; /* of w[out_c][kernel_h][kernel_w][in_c]; docs/SPEC.md §9 */
    const LAPEL_ROM int8_t *values; /* [2^bits], the weights that indexes stand for */
    lapel_index code_bytes;         /* >= 1 */
    int8_t bits;                    /* of an index: 1, 2 or 4 */
} lapel_fixed_code;

LAPEL_INLINE lapel_fixed lapel_fixed_rows(const LAPEL_ROM lapel_fixed_code *c)
{
    return lapel_fixed_from(c->codes, c->code_bytes, c->values, c->bits);
}

/* A lapel_next_fn. */
LAPEL_INLINE void lapel_fixed_next_row(void *decoder, int8_t *w, lapel_index count)
{
    lapel_fixed_next((lapel_fixed *)decoder, w, count);
}

#endif
