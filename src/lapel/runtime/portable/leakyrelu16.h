/* int16: y[i] = saturate(requantize(x[i])), by one multiplier from 0 on and by another one below. */
#ifndef LAPEL_LEAKYRELU16_H
#define LAPEL_LEAKYRELU16_H

#include "lapel.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
    int32_t mul;
    int32_t low_mul;   /* below 0; of any sign, but not INT32_MIN */
    int8_t shift;      /* -31..30 */
    int8_t low_shift;  /* -31..30 */
} lapel_leakyrelu16_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_leakyrelu16_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_leakyrelu16_params *p);
LAPEL_KERNEL lapel_leakyrelu16_fn lapel_leakyrelu16;

#endif
