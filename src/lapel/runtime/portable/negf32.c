#include "negf32.h"

void lapel_negf32(float *y, const float *x, const LAPEL_ROM lapel_negf32_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_float_alone(-*x++);
    }
}
