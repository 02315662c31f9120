/* The kernel `dense` of weights that are indexes of 1, 2 or 4 bits into a code book. */
#ifndef LAPEL_DENSE_CODED_FIXED_H
#define LAPEL_DENSE_CODED_FIXED_H

#include "biases.h"
#include "finish.h"
#include "fixed.h"

typedef struct {
    const LAPEL_ROM uint8_t *codes; /* of w[outputs][inputs]; docs/SPEC.md §9 */
    const LAPEL_ROM int8_t *values; /* [2^bits]: the weights that indexes stand for */
    const LAPEL_ROM uint8_t *bias;  /* [outputs][bias_bytes], lowest first, / 2^bias_shift; x's zero point in it */
    const LAPEL_ROM int32_t *mul;   /* [outputs] if per_channel, else [1] */
    const LAPEL_ROM int8_t *shift;  /* as mul; -31..30 */
    lapel_index code_bytes;         /* >= 1 */
    lapel_index batches;            /* rows of x and y, >= 1 */
    lapel_index inputs;             /* >= 1 */
    lapel_index outputs;            /* >= 1 */
    int16_t y_zero;                 /* -128..127 */
    int8_t lo;                      /* clamp, lo <= hi */
    int8_t hi;
    int8_t per_channel;             /* 0 or 1 */
    int8_t plain;                   /* 1: every shift is <= -2, lo is -128, hi is 127 */
    int8_t bits;                    /* of an index: 1, 2 or 4 */
    int8_t bias_bytes;              /* 1..4 */
    int8_t bias_shift;              /* 0..31 */
} lapel_dense_coded_fixed_params;

/* y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense_coded_fixed_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_coded_fixed_params *p);
LAPEL_KERNEL lapel_dense_coded_fixed_fn lapel_dense_coded_fixed;

#endif
