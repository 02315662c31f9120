/* Softmax of rows: y = 256 * exp(x) / sum(exp(x)) - 128. The exponential of a difference to the maximum is a table. */
#ifndef LAPEL_SOFTMAX_H
#define LAPEL_SOFTMAX_H

#include "reciprocal.h"

typedef struct {
    const LAPEL_ROM int32_t *exps; /* [steps]: exponentials of 0, -1, -2, ... steps of x, 2^31 is 1.0;
                                    * each 0..2147483647; the first makes a sum above 0: exps[0] >= 2048 */
    lapel_index rows;              /* >= 1 */
    lapel_index classes;           /* 1..4095 */
    int16_t steps;                 /* 1..256; larger differences count as exponential 0 */
} lapel_softmax_params;

/* Total. y, x: [rows][classes]; y is x, or apart from it. */
typedef void lapel_softmax_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_softmax_params *p);
LAPEL_KERNEL lapel_softmax_fn lapel_softmax;

#endif
