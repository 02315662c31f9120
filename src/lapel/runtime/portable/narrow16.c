#include "narrow16.h"

void lapel_narrow16(int8_t *y, const int16_t *x, const LAPEL_ROM lapel_narrow16_params *p)
{
    for (lapel_index i = 0; i < p->count; i++) {
        y[i] = lapel_narrow_one(x[i], p);
    }
}
