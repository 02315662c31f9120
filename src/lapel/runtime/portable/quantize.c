#include "quantize.h"

/* Halves away from zero. Beyond 512 every zero point saturates; the comparison is false for NaN, too. */
static int16_t lapel_quantize_round(float v)
{
    int16_t whole;
    float rest;

    if (!(v > -512.0f)) {
        return -512;
    }
    if (v > 512.0f) {
        return 512;
    }
    whole = (int16_t)v;
    rest = v - (float)whole; /* exact */
    if (rest >= 0.5f) {
        return (int16_t)(whole + 1);
    }
    return rest <= -0.5f ? (int16_t)(whole - 1) : whole;
}

void lapel_quantize(int8_t *y, const float *x, const LAPEL_ROM lapel_quantize_params *p)
{
    const float scale = p->scale;
    const int16_t zero = p->zero;

    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_clamp((int32_t)lapel_quantize_round(lapel_float_alone(*x++ / scale)) + zero, -128, 127);
    }
}
