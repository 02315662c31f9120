#include "logisticf32.h"

void lapel_logisticf32(float *y, const float *x, const LAPEL_ROM lapel_logisticf32_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_float_logistic(*x++);
    }
}
