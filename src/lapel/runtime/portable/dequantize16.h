/* int16 to float32: y[i] = scale * (x[i] - zero), one float32 product. */
#ifndef LAPEL_DEQUANTIZE16_H
#define LAPEL_DEQUANTIZE16_H

#include "ieee.h"

typedef struct {
    float scale;
    lapel_index count; /* >= 1, elements */
    int16_t zero;
} lapel_dequantize16_params;

/* Total. y, x: [count]; they do not overlap. */
typedef void lapel_dequantize16_fn(float *y, const int16_t *x, const LAPEL_ROM lapel_dequantize16_params *p);
LAPEL_KERNEL lapel_dequantize16_fn lapel_dequantize16;

#endif
