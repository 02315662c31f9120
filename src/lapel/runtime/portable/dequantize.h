/* int8 or uint8 to float32: y[i] = scale * (x[i] - zero), rounded once, to float32. */
#ifndef LAPEL_DEQUANTIZE_H
#define LAPEL_DEQUANTIZE_H

#include "ieee.h"

typedef struct {
    float scale;       /* > 0 */
    lapel_index count; /* >= 1, elements */
    int16_t zero;      /* -128..127; that of a uint8 less 128 */
    uint8_t flip;      /* what makes x int8 by exclusive or: 0, or 128 for uint8 */
} lapel_dequantize_params;

/* Total. y, x: [count]; x of int8 or uint8; they do not overlap. */
typedef void lapel_dequantize_fn(float *y, const void *x, const LAPEL_ROM lapel_dequantize_params *p);
LAPEL_KERNEL lapel_dequantize_fn lapel_dequantize;

#endif
