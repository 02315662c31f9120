/* float32 to int8: y[i] = saturate(zero + round(x[i] / scale)), halves away from zero; NaN gives -128. */
#ifndef LAPEL_QUANTIZE_H
#define LAPEL_QUANTIZE_H

#include "ieee.h"

typedef struct {
    float scale;       /* > 0 */
    lapel_index count; /* >= 1, elements */
    int16_t zero;      /* -128..127 */
} lapel_quantize_params;

/* Total. y, x: [count]; they do not overlap. */
typedef void lapel_quantize_fn(int8_t *y, const float *x, const LAPEL_ROM lapel_quantize_params *p);
LAPEL_KERNEL lapel_quantize_fn lapel_quantize;

#endif
