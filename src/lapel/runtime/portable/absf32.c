#include "absf32.h"

void lapel_absf32(float *y, const float *x, const LAPEL_ROM lapel_absf32_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        const float v = *x++;

        *y++ = lapel_float_alone(v > 0.0f ? v : 0.0f - v);
    }
}
