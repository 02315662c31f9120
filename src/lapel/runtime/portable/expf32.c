#include "expf32.h"

void lapel_expf32(float *y, const float *x, const LAPEL_ROM lapel_expf32_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_float_exp(*x++);
    }
}
