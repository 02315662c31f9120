/* Softmax of rows for Helium, as softmax.h: four classes at a time. */
#ifndef LAPEL_SOFTMAX_MVE_H
#define LAPEL_SOFTMAX_MVE_H

#include "mve.h"
#include "reciprocal.h"

typedef struct {
    const LAPEL_ROM int32_t *exps; /* [steps] exponentials of 0, -1, -2, ... steps of x; 2^31 is 1.0 */
    lapel_index rows;              /* >= 1 */
    lapel_index classes;           /* 1..4095 */
    int16_t steps;                 /* 1..256; larger differences count as exponential 0 */
} lapel_softmax_mve_params;

/* y, x: [rows][classes]; y may be x. */
typedef void lapel_softmax_mve_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_softmax_mve_params *p);
LAPEL_KERNEL lapel_softmax_mve_fn lapel_softmax_mve;

#endif
