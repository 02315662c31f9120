/* Dot products of float32 runs, shared by the dense layer and the convolutions: products are added one after the other, in
 * the order in which they lie. */
#ifndef LAPEL_DOTF32_H
#define LAPEL_DOTF32_H

#include "floats.h"
#include "runs.h"

/* acc + x * w + ... over the runs. */
LAPEL_NOINLINE float lapel_dotf32_1(float acc, const float *x, const LAPEL_ROM float *w, const lapel_runs *r)
{
    for (lapel_index row = r->rows; row > 0; row--) {
        for (lapel_index k = r->run; k > 0; k--) {
            acc = lapel_float_alone(acc + *x++ * *w++);
        }
        x += r->x_skip;
        w += r->w_skip;
    }
    return acc;
}

/* acc[i] + x * w + ... over the runs, for the four weight rows at w + i * w_next: each x is loaded once. */
LAPEL_NOINLINE void lapel_dotf32_4(float *acc, const float *x, const LAPEL_ROM float *w, size_t w_next,
                                   const lapel_runs *r)
{
    const LAPEL_ROM float *w1 = w + w_next;
    const LAPEL_ROM float *w2 = w1 + w_next;
    const LAPEL_ROM float *w3 = w2 + w_next;
    float a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];

    for (lapel_index row = r->rows; row > 0; row--) {
        for (lapel_index k = r->run; k > 0; k--) {
            const float v = *x++;

            a0 = lapel_float_alone(a0 + v * *w++);
            a1 = lapel_float_alone(a1 + v * *w1++);
            a2 = lapel_float_alone(a2 + v * *w2++);
            a3 = lapel_float_alone(a3 + v * *w3++);
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
