/* From one integer format to another: y[i] = saturate(y_zero + requantize(x[i] - x_zero)), modulo 2^32 but for the end. */
#ifndef LAPEL_RESCALE_H
#define LAPEL_RESCALE_H

#include "lapel.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
    int32_t mul; /* >= 0 */
    int32_t x_zero;
    int32_t y_zero;
    int32_t lo; /* of y's format */
    int32_t hi;
    int8_t shift;   /* -31..30 */
    int8_t x_bytes; /* 1, 2 or 4: of an element, which is signed */
    int8_t y_bytes; /* 1, 2 or 4 */
} lapel_rescale_params;

/* Total. y: [count] of y_bytes; x: [count] of x_bytes; if these are equal, y may be x. */
typedef void lapel_rescale_fn(void *y, const void *x, const LAPEL_ROM lapel_rescale_params *p);
LAPEL_KERNEL lapel_rescale_fn lapel_rescale;

#endif
