#include "eluf32.h"

void lapel_eluf32(float *y, const float *x, const LAPEL_ROM lapel_eluf32_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        const float v = *x++;

        *y++ = v >= 0.0f ? v : lapel_float_exp(v) - 1.0f;
    }
}
