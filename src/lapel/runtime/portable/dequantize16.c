#include "dequantize16.h"

void lapel_dequantize16(float *y, const int16_t *x, const LAPEL_ROM lapel_dequantize16_params *p)
{
    const int32_t zero = p->zero;
    const float scale = p->scale;

    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_float_alone(scale * (float)(*x++ - zero));
    }
}
