/* One unit of an LSTM from the sums of its four gates on: gates, cell state, hidden state (SPEC 7). */
#ifndef LAPEL_LSTMCELL_H
#define LAPEL_LSTMCELL_H

#include "interpolated.h"

/* The fields of a kernel's params that are the same for every unit. */
typedef struct {
    const LAPEL_ROM uint16_t *sigmoid; /* [256] */
    int32_t in_mul;                    /* input gate * cell gate to cell state */
    int32_t out_mul;                   /* output gate * tanh(cell state) to hidden state */
    int32_t cell_mul;                  /* cell state to the argument of tanh, with cell_shift */
    int8_t in_shift;
    int8_t out_shift;
    int8_t cell_shift; /* to the right, halves up: 0..30 */
    int16_t cell_lo;   /* clip of the cell state */
    int16_t cell_hi;
    int16_t h_zero;
    int16_t h_lo;      /* clamp of the hidden state */
    int16_t h_hi;
} lapel_lstmcell;

LAPEL_INLINE int32_t lapel_saturate16(int32_t v)
{
    return v == (int16_t)v ? v : (v >> 31) ^ INT16_MAX;
}

/* The new hidden state; *c becomes the new cell state from `old`. sums: of input, forget, cell and output gate, Q3.12. */
LAPEL_INLINE int16_t lapel_lstmcell_step(const int32_t *sums, int16_t *c, int16_t old, const lapel_lstmcell *p)
{
    const int16_t in = lapel_logistic16(3 * sums[0], p->sigmoid);
    const int16_t forget = lapel_logistic16(3 * sums[1], p->sigmoid);
    const int16_t cell = lapel_tanh16(3 * sums[2], p->sigmoid);
    const int16_t out = lapel_logistic16(3 * sums[3], p->sigmoid);
    /* times 2^-15, rounded twice: forget >= 0 and below 2^15, so nothing saturates */
    const int32_t half = ((int32_t)forget * old + 1) >> 1;
    const int32_t kept = (half + (1 << 13) - (half < 0 ? 1 : 0)) >> 14;
    const int32_t added = lapel_saturate16(lapel_requantize((int32_t)in * cell, p->in_mul, p->in_shift));
    const int32_t sum = lapel_saturate16(kept + added);
    const int32_t next = sum < p->cell_lo ? p->cell_lo : sum > p->cell_hi ? p->cell_hi : sum;
    const int32_t round = ((int32_t)1 << p->cell_shift) >> 1;
    const int16_t squashed = lapel_tanh16((next * p->cell_mul + round) >> p->cell_shift, p->sigmoid);
    const int32_t v = lapel_requantize((int32_t)squashed * out, p->out_mul, p->out_shift);
    const int32_t h = (int32_t)((uint32_t)v + (uint32_t)(int32_t)p->h_zero);

    *c = (int16_t)next;
    return (int16_t)(h < p->h_lo ? p->h_lo : h > p->h_hi ? p->h_hi : h);
}

#endif
