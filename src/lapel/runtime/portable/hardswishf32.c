#include "hardswishf32.h"

void lapel_hardswishf32(float *y, const float *x, const LAPEL_ROM lapel_hardswishf32_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        const float v = *x++;

        *y++ = lapel_float_quotient(v * lapel_limitf32_value(v + 3.0f, 0.0f, 6.0f), 6.0f);
    }
}
