/* Bonsai: y[n][l] = sum over the nodes of one path of (w . x) * clamp((v . x) >> drop) >> scale, w and v of node and class.
 * Of node k the path goes on to 2 k + 2 where branch . x + bias > 0, else to 2 k + 1; leaves have no branch. */
#ifndef LAPEL_BONSAI_H
#define LAPEL_BONSAI_H

#include "dot.h"

typedef struct {
    const LAPEL_ROM int8_t *w;      /* [nodes][classes][2][dims]: w, v */
    const LAPEL_ROM int8_t *branch; /* [inner][dims] */
    const LAPEL_ROM int32_t *bias;  /* [inner] */
    lapel_index batches;            /* rows of x and y, >= 1 */
    lapel_index dims;               /* >= 1 */
    lapel_index classes;            /* >= 1 */
    lapel_index inner;              /* nodes with a branch, >= 1 */
    uint8_t drop;                   /* 0..24 */
    uint8_t scale;                  /* 7..23 */
} lapel_bonsai_params;

/* y: [batches][classes]; x: [batches][dims]. */
typedef void lapel_bonsai_fn(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_bonsai_params *p);
LAPEL_KERNEL lapel_bonsai_fn lapel_bonsai;

#endif
