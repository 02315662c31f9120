#include "quantize16.h"

/* Halves away from zero. Beyond 2^17 every zero point saturates; the comparison is false for NaN, too. */
static int32_t lapel_quantize16_round(float v)
{
    const float bound = 131072.0f;
    int32_t whole;
    float rest;

    if (!(v > -bound)) {
        return -131072;
    }
    if (v > bound) {
        return 131072;
    }
    whole = (int32_t)v;
    rest = v - (float)whole; /* exact */
    return whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
}

void lapel_quantize16(int16_t *y, const float *x, const LAPEL_ROM lapel_quantize16_params *p)
{
    const float scale = p->scale;
    const int32_t zero = p->zero;

    for (lapel_index n = p->count; n > 0; n--) {
        const int32_t v = lapel_quantize16_round(lapel_float_alone(*x++ / scale)) + zero;

        *y++ = lapel_clamp16(v, INT16_MIN, INT16_MAX);
    }
}
