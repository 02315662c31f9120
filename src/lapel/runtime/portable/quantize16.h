/* float32 to int16: y[i] = saturate(zero + round(x[i] / scale)), halves away from zero; NaN gives -32768. */
#ifndef LAPEL_QUANTIZE16_H
#define LAPEL_QUANTIZE16_H

#include "ieee.h"

typedef struct {
    float scale;       /* > 0 */
    lapel_index count; /* >= 1, elements */
    int16_t zero;
} lapel_quantize16_params;

/* Total. y, x: [count]; they do not overlap. */
typedef void lapel_quantize16_fn(int16_t *y, const float *x, const LAPEL_ROM lapel_quantize16_params *p);
LAPEL_KERNEL lapel_quantize16_fn lapel_quantize16;

#endif
