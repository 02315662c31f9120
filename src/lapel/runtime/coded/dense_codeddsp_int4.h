/* The kernel `dense` of weights of 4 bits on a line, for cores with the DSP extension: two products an instruction. */
#ifndef LAPEL_DENSE_CODEDDSP_INT4_H
#define LAPEL_DENSE_CODEDDSP_INT4_H

#include "codeddense.h"
#include "dsp.h"

/* Weights of first + step * index; of an even number of inputs and two outputs or more. */
typedef struct {
    const LAPEL_ROM uint8_t *codes; /* [outputs * (inputs / 2) + LAPEL_STREAM_PADDING]: of w[outputs][inputs];
                                     * docs/SPEC.md §9 */
    lapel_index code_bytes;         /* outputs * inputs / 2; outputs >= 2; inputs == up(inputs, 2) */
    int16_t first;                  /* -128..127 */
    int16_t step;                   /* 1..255 */
} lapel_int4_code;

typedef struct {
    lapel_int4_code code;
    lapel_coded_dense layer;
} lapel_dense_codeddsp_int4_params;

/* Total. y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense_codeddsp_int4_fn(int8_t *y, const int8_t *x,
                                          const LAPEL_ROM lapel_dense_codeddsp_int4_params *p);
LAPEL_KERNEL lapel_dense_codeddsp_int4_fn lapel_dense_codeddsp_int4;

#endif
