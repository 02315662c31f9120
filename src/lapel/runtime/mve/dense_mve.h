/* Fully connected for Helium: y[n][o] = clamp(zero + requantize(bias[o] + sum_k w[o][k] * x[n][k])). */
#ifndef LAPEL_DENSE_MVE_H
#define LAPEL_DENSE_MVE_H

#include "dot_mve.h"

typedef struct {
    const LAPEL_ROM int32_t *w;     /* [(outputs + 3) / 4][4 + up(inputs, 16)]: of each four outputs bias[4] and int8
                                     * [inputs / 16][4][16], see dot_mve.h */
    const LAPEL_ROM int32_t *scale; /* [(outputs + 3) / 4][5] if scale_next, else [5]: mul[4] and shift[4] as int8 */
    lapel_index batches;            /* >= 1, rows of x and y */
    lapel_index inputs;             /* >= 1 */
    lapel_index outputs;            /* >= 1 */
    int16_t y_zero;                 /* -128..127 */
    int8_t lo;                      /* clamp, lo <= hi */
    int8_t hi;
    int8_t scale_next; /* 0 or 20: bytes from the scale of four outputs to the next */
} lapel_dense_mve_params;

/* Total. y: [batches][outputs]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_dense_mve_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_mve_params *p);
LAPEL_KERNEL lapel_dense_mve_fn lapel_dense_mve;

#endif
