#include "dequantize.h"

void lapel_dequantize(float *y, const void *x, const LAPEL_ROM lapel_dequantize_params *p)
{
    const uint8_t *from = (const uint8_t *)x;
    const uint8_t flip = p->flip;
    const int16_t zero = p->zero;
    const float scale = p->scale;

    for (lapel_index n = p->count; n > 0; n--) {
        const int8_t v = (int8_t)(*from++ ^ flip);

        *y++ = lapel_float_alone(scale * (float)(int16_t)(v - zero));
    }
}
