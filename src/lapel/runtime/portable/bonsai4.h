/* As bonsai.h, with weights of four bits. */
#ifndef LAPEL_BONSAI4_H
#define LAPEL_BONSAI4_H

#include "nibbles.h"

typedef struct {
    const LAPEL_ROM uint8_t *w;      /* [nodes][classes][2][(dims + 1) / 2]: w, v; two a byte, see nibbles.h */
    const LAPEL_ROM uint8_t *branch; /* [inner][(dims + 1) / 2] */
    const LAPEL_ROM int32_t *bias;   /* [inner] */
    lapel_index batches;             /* rows of x and y, >= 1 */
    lapel_index dims;                /* >= 1 */
    lapel_index classes;             /* >= 1 */
    lapel_index inner;               /* nodes with a branch, >= 1 */
    uint8_t drop;                    /* 0..24 */
    uint8_t scale;                   /* 7..23 */
} lapel_bonsai4_params;

/* y: [batches][classes]; x: [batches][dims]. */
typedef void lapel_bonsai4_fn(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_bonsai4_params *p);
LAPEL_KERNEL lapel_bonsai4_fn lapel_bonsai4;

#endif
