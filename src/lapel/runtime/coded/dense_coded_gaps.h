/* The kernel `dense` of gaps and weights that are not zero, as symbols of two Huffman codes. */
#ifndef LAPEL_DENSE_CODED_GAPS_H
#define LAPEL_DENSE_CODED_GAPS_H

#include "biases.h"
#include "finish.h"
#include "gaps.h"

typedef struct {
    const LAPEL_ROM uint8_t *codes;      /* of w[outputs][inputs]; docs/SPEC.md §9 */
    const LAPEL_ROM uint8_t *gap_counts; /* of codes of 1, 2, .. bits */
    const LAPEL_ROM int8_t *gaps;        /* the bytes that they stand for, shorter codes first */
    const LAPEL_ROM uint8_t *counts;     /* the same of weights */
    const LAPEL_ROM int8_t *values;      /* as gaps */
    const LAPEL_ROM uint8_t *bias;       /* [outputs][bias_bytes], lowest first, / 2^bias_shift; x_zero is apart */
    const LAPEL_ROM int32_t *mul;        /* [outputs] if per_channel, else [1] */
    const LAPEL_ROM int8_t *shift;       /* as mul; -31..30 */
    lapel_index code_bytes;              /* >= 1 */
    lapel_index batches;                 /* rows of x and y, >= 1 */
    lapel_index inputs;                  /* >= 1 */
    lapel_index outputs;                 /* >= 1 */
    int16_t x_zero;                      /* -128..127 */
    int16_t y_zero;                      /* -128..127 */
    int8_t lo;                           /* clamp, lo <= hi */
    int8_t hi;
    int8_t per_channel;                  /* 0 or 1 */
    int8_t plain;                        /* 1: every shift is <= -2, lo is -128, hi is 127 */
    uint8_t escape;                      /* the gap behind which another gap comes */
    int8_t bias_bytes;                   /* 1..4 */
    int8_t bias_shift;                   /* 0..31 */
} lapel_dense_coded_gaps_params;

/* y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense_coded_gaps_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_coded_gaps_params *p);
LAPEL_KERNEL lapel_dense_coded_gaps_fn lapel_dense_coded_gaps;

#endif
