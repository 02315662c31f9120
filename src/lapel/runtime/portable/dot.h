/* Dot products of int8 runs, shared by the dense layer and the convolutions. */
#ifndef LAPEL_DOT_H
#define LAPEL_DOT_H

#include "runs.h"

/* acc + sum of x * w over the runs. Products of two int8 fit 16 bits, so this is cheap on an 8-bit core too. */
LAPEL_NOINLINE int32_t lapel_dot1(int32_t acc, const int8_t *x, const LAPEL_ROM int8_t *w, const lapel_runs *r)
{
    for (lapel_index row = r->rows; row > 0; row--) {
        for (lapel_index k = r->run; k > 0; k--) {
            acc += *x++ * *w++;
        }
        x += r->x_skip;
        w += r->w_skip;
    }
    return acc;
}

/* acc[i] += sum of x * w over the runs, for the four weight rows at w + i * w_next: each x is loaded once. */
LAPEL_NOINLINE void lapel_dot4(int32_t *acc, const int8_t *x, const LAPEL_ROM int8_t *w, size_t w_next,
                              const lapel_runs *r)
{
    const LAPEL_ROM int8_t *w1 = w + w_next;
    const LAPEL_ROM int8_t *w2 = w1 + w_next;
    const LAPEL_ROM int8_t *w3 = w2 + w_next;
    const lapel_index tail = r->run & 3;
    const lapel_index blocks = r->run >> 2;
    int32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];

    for (lapel_index row = r->rows; row > 0; row--) {
        for (lapel_index k = blocks; k > 0; k--) {
            x += 4;
            w += 4;
            w1 += 4;
            w2 += 4;
            w3 += 4;
            a0 += x[-4] * w[-4];
            a1 += x[-4] * w1[-4];
            a2 += x[-4] * w2[-4];
            a3 += x[-4] * w3[-4];
            a0 += x[-3] * w[-3];
            a1 += x[-3] * w1[-3];
            a2 += x[-3] * w2[-3];
            a3 += x[-3] * w3[-3];
            a0 += x[-2] * w[-2];
            a1 += x[-2] * w1[-2];
            a2 += x[-2] * w2[-2];
            a3 += x[-2] * w3[-2];
            a0 += x[-1] * w[-1];
            a1 += x[-1] * w1[-1];
            a2 += x[-1] * w2[-1];
            a3 += x[-1] * w3[-1];
        }
        for (lapel_index k = tail; k > 0; k--) {
            a0 += *x * *w++;
            a1 += *x * *w1++;
            a2 += *x * *w2++;
            a3 += *x * *w3++;
            x++;
        }
        x += r->x_skip;
        w += r->w_skip;
        w1 += r->w_skip;
        w2 += r->w_skip;
        w3 += r->w_skip;
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

#endif
