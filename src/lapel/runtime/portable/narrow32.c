#include "narrow32.h"

void lapel_narrow32(int8_t *y, const int32_t *x, const LAPEL_ROM lapel_narrow32_params *p)
{
    for (lapel_index i = 0; i < p->count; i++) {
        y[i] = lapel_narrow_one(x[i], p);
    }
}
