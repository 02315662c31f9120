#include "sqrtf32.h"

void lapel_sqrtf32(float *y, const float *x, const LAPEL_ROM lapel_sqrtf32_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_float_sqrt(*x++);
    }
}
