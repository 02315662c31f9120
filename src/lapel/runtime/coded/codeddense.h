/* The dense layer of coded weights, whatever their form. */
#ifndef LAPEL_CODEDDENSE_H
#define LAPEL_CODEDDENSE_H

#include "biases.h"
#include "finish.h"

typedef struct {
    const LAPEL_ROM uint8_t *bias; /* [outputs][bias_bytes], lowest first, / 2^bias_shift: for x - x_zero */
    const LAPEL_ROM int32_t *mul;  /* [outputs] if per_channel, else [1]; each >= 0 */
    const LAPEL_ROM int8_t *shift; /* as mul; each -31..30; if plain: each <= -2 */
    lapel_index batches;           /* >= 1, rows of x and y */
    lapel_index inputs;            /* >= 1 */
    lapel_index outputs;           /* >= 1 */
    int8_t x_zero;                 /* 0 for forms that do not skip zeros: they multiply x */
    int8_t y_zero;
    int8_t lo;                     /* clamp, lo <= hi */
    int8_t hi;
    int8_t per_channel;            /* 0 or 1 */
    int8_t plain;                  /* 0 or 1: every shift is -2 or less; if plain: lo == -128 and hi == 127 */
    int8_t bias_bytes;             /* 1..4 */
    int8_t bias_shift;             /* 0..31 */
} lapel_coded_dense;

LAPEL_INLINE lapel_output lapel_coded_output(const LAPEL_ROM lapel_coded_dense *p)
{
    const lapel_output output = {p->mul, p->shift, p->per_channel, p->lo, p->hi, p->plain, p->y_zero};

    return output;
}

LAPEL_INLINE lapel_biases lapel_coded_biases(const LAPEL_ROM lapel_coded_dense *p)
{
    const lapel_biases biases = {p->bias, p->bias_bytes, p->bias_shift};

    return biases;
}

#endif
