/* Logistic or tanh of int16: y[i] = curve((x[i] * mul + half) >> shift), in units of 2^-15, by a table (SPEC 5). */
#ifndef LAPEL_CURVE16_H
#define LAPEL_CURVE16_H

#include "interpolated.h"

typedef struct {
    const LAPEL_ROM uint16_t *table; /* [256], see interpolated.h */
    lapel_index count;               /* >= 1, elements */
    int16_t mul;                     /* 0..32767 */
    int8_t shift;                    /* 0..31; half is half of 2^shift */
    int8_t tanh;                     /* 0 or 1 */
} lapel_curve16_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_curve16_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_curve16_params *p);
LAPEL_KERNEL lapel_curve16_fn lapel_curve16;

#endif
