/* A row of values times weights of 1, 2 or 4 bits, requantized, without a multiplication: for cores that have none.
 *
 * Values that meet the same weight are added up first, sums[i] of those with code i, and sum_i i * sums[i] is then a sum
 * of sums of sums: with T_i = sums[i] + sums[i + 1] + …, it is T_1 + T_2 + …. A weight is its code less half the codes;
 * of one bit, twice its code less 1. */
#ifndef LAPEL_SHIFTADD_H
#define LAPEL_SHIFTADD_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint8_t *w;    /* codes: a row of whole bytes for each output, the first code in the lowest bits */
    const LAPEL_ROM int32_t *bias; /* [outputs], less x's zero point * (sum of the row's weights) */
    const LAPEL_ROM int32_t *mul;  /* [outputs] if per_channel, else [1] */
    const LAPEL_ROM int8_t *shift; /* as mul; -31..-2 */
    lapel_index inputs;            /* >= 1 */
    lapel_index outputs;           /* >= 1 */
    int16_t offset;                /* 2 * zero + 1 */
    int8_t lo;                     /* clamp, lo <= hi */
    int8_t hi;
    int8_t per_channel;            /* 0 or 1 */
    int8_t doublings;              /* a code has 1 << doublings bits: 0, 1 or 2 */
} lapel_shiftadd_shape;

/* So many values have a sum of 16 bits, and codes of whole bytes. */
#define LAPEL_SHIFTADD_VALUES 248

/* The sum of `count` values (1..LAPEL_SHIFTADD_VALUES) times weights. */
LAPEL_NOINLINE int32_t lapel_shiftadd_dot(const int8_t *x, const LAPEL_ROM uint8_t *w, lapel_index count, int_fast8_t bits)
{
    const uint_fast8_t codes = (uint_fast8_t)(1u << bits), mask = (uint_fast8_t)(codes - 1u);
    int16_t sums[16] = {0};
    int16_t tail = 0;
    int32_t total = 0;
    uint_fast8_t byte = 0;
    int_fast8_t left = 0;

    for (; count > 0; count--) {
        if (left == 0) {
            byte = *w++;
            left = 8;
        }
        sums[byte & mask] = (int16_t)(sums[byte & mask] + *x++);
        byte = (uint_fast8_t)(byte >> bits);
        left = (int_fast8_t)(left - bits);
    }
    for (int_fast8_t i = (int_fast8_t)mask; i > 0; i--) {
        tail = (int16_t)(tail + sums[i]);
        total += tail;
    }
    tail = (int16_t)(tail + sums[0]);
    if (bits == 1) {
        return 2 * total - tail;
    }
    return total - (int32_t)((uint32_t)(int32_t)tail << (bits - 1));
}

/* Twice acc * mul * 2^shift / 2^31, less one and rounded down: lapel_requantize_twice for shift -2 and less. */
LAPEL_NOINLINE int32_t lapel_shiftadd_scale(int32_t acc, uint32_t mul, int_fast8_t shift)
{
    const uint32_t sign = acc < 0 ? ~(uint32_t)0 : 0;
    uint32_t low = ((uint32_t)acc ^ sign) - sign, high = 0;
    const uint32_t half = (sign << 31) | (uint32_t)1 << 30;

    for (int_fast8_t i = 32; i > 0; i--) {
        high += low & 1 ? mul : 0;
        low = low >> 1 | high << 31;
        high >>= 1;
    }
    low ^= sign;
    high ^= sign;
    if (sign != 0 && ++low == 0) {
        high++;
    }
    low += half;
    high += sign + (low < half ? 1 : 0);
    return (int32_t)high >> (-2 - shift);
}

/* y: [outputs]; x: [inputs]; each output is written when x has been read for it. They do not overlap. */
LAPEL_NOINLINE void lapel_shiftadd_row(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_shiftadd_shape *p)
{
    const LAPEL_ROM uint8_t *w = p->w;
    const LAPEL_ROM int32_t *mul = p->mul;
    const LAPEL_ROM int8_t *shift = p->shift;

    for (lapel_index o = 0; o < p->outputs; o++) {
        int32_t acc = p->bias[o];
        lapel_index count;

        for (lapel_index k = 0; k < p->inputs; k = (lapel_index)(k + count)) {
            count = (lapel_index)(p->inputs - k);
            count = count > LAPEL_SHIFTADD_VALUES ? LAPEL_SHIFTADD_VALUES : count;
            acc += lapel_shiftadd_dot(x + k, w, count, (int_fast8_t)(1 << p->doublings));
            w += ((count << p->doublings) + 7) >> 3;
        }
        acc = lapel_shiftadd_scale(acc, (uint32_t)*mul, *shift) + p->offset;
        *y++ = lapel_clamp(acc >> 1, p->lo, p->hi);
        mul += p->per_channel;
        shift += p->per_channel;
    }
}

#endif
