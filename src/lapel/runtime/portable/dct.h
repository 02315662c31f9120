/* Rows of 32 bits times a matrix to int8: y = trunc((rows * x + bias) / 2^drop) (SPEC 11). */
#ifndef LAPEL_DCT_H
#define LAPEL_DCT_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM int16_t *rows; /* [outputs][inputs] */
    const LAPEL_ROM int64_t *bias; /* [outputs] */
    lapel_index frames;            /* >= 1 */
    lapel_index inputs;            /* >= 1 */
    lapel_index outputs;           /* >= 1 */
    int8_t drop;                   /* 1..62 */
} lapel_dct_params;

/* y: [frames][outputs]; x: [frames][inputs]; they do not overlap. */
typedef void lapel_dct_fn(int8_t *y, const int32_t *x, const LAPEL_ROM lapel_dct_params *p);
LAPEL_KERNEL lapel_dct_fn lapel_dct;

#endif
