#include "tanhf32.h"

void lapel_tanhf32(float *y, const float *x, const LAPEL_ROM lapel_tanhf32_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_float_tanh(*x++);
    }
}
