#include "rsqrtf32.h"

void lapel_rsqrtf32(float *y, const float *x, const LAPEL_ROM lapel_rsqrtf32_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_float_alone(1.0f / lapel_float_sqrt(*x++));
    }
}
