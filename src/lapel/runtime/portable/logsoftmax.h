/* Logarithm of the softmax of rows: y = 16 * (x - max - log(sum(exp(x - max)))) + 127, saturated. */
#ifndef LAPEL_LOGSOFTMAX_H
#define LAPEL_LOGSOFTMAX_H

#include "reciprocal.h"

typedef struct {
    const LAPEL_ROM int32_t *exps; /* [steps] exponentials of 0, -1, -2, ... steps of x; 2^31 is 1.0 */
    lapel_index rows;              /* >= 1 */
    lapel_index classes;           /* 1..4095 */
    int32_t mul;                   /* steps of x to units of 2^-26, with shift */
    int32_t inverse;               /* and back, with right */
    int16_t steps;                 /* 1..256; larger differences count as exponential 0 */
    int16_t radius;                /* 0..255: beyond so many steps the output is -128 */
    int8_t shift;                  /* 1..31 to the left */
    int8_t right;                  /* 0..31 to the right */
} lapel_logsoftmax_params;

/* y, x: [rows][classes]; y may be x. */
typedef void lapel_logsoftmax_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_logsoftmax_params *p);
LAPEL_KERNEL lapel_logsoftmax_fn lapel_logsoftmax;

#endif
