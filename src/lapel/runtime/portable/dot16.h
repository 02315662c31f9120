/* Dot products of int16 runs with int8 weights, shared by the dense layer and the convolutions. */
#ifndef LAPEL_DOT16_H
#define LAPEL_DOT16_H

#include "runs.h"

/* Products of an int16 and an int8 are at most 2^22 in magnitude: the sum of so many stays in 32 bits. */
#define LAPEL_DOT16_PART 511

/* acc + sum of x * w over the runs. */
LAPEL_NOINLINE int64_t lapel_dot16_1(int64_t acc, const int16_t *x, const LAPEL_ROM int8_t *w, const lapel_runs *r)
{
    for (lapel_index row = r->rows; row > 0; row--) {
        for (lapel_index left = r->run, part; left > 0; left = (lapel_index)(left - part)) {
            int32_t sum = 0;

            part = left < LAPEL_DOT16_PART ? left : LAPEL_DOT16_PART;
            for (lapel_index k = part; k > 0; k--) {
                sum += (int32_t)*x++ * *w++;
            }
            acc += sum;
        }
        x += r->x_skip;
        w += r->w_skip;
    }
    return acc;
}

/* acc[i] += sum of x * w over the runs, for the four weight rows at w + i * w_next: each x is loaded once. */
LAPEL_NOINLINE void lapel_dot16_4(int64_t *acc, const int16_t *x, const LAPEL_ROM int8_t *w, size_t w_next,
                                  const lapel_runs *r)
{
    const LAPEL_ROM int8_t *w1 = w + w_next;
    const LAPEL_ROM int8_t *w2 = w1 + w_next;
    const LAPEL_ROM int8_t *w3 = w2 + w_next;

    for (lapel_index row = r->rows; row > 0; row--) {
        for (lapel_index left = r->run, part; left > 0; left = (lapel_index)(left - part)) {
            int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;

            part = left < LAPEL_DOT16_PART ? left : LAPEL_DOT16_PART;
            for (lapel_index k = part; k > 0; k--) {
                const int32_t v = *x++;

                s0 += v * *w++;
                s1 += v * *w1++;
                s2 += v * *w2++;
                s3 += v * *w3++;
            }
            acc[0] += s0;
            acc[1] += s1;
            acc[2] += s2;
            acc[3] += s3;
        }
        x += r->x_skip;
        w += r->w_skip;
        w1 += r->w_skip;
        w2 += r->w_skip;
        w3 += r->w_skip;
    }
}

#endif
