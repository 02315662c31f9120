#include "dense_avr.h"

void lapel_dense_avr(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_avr_params *p)
{
    lapel_avrrow(y, x, &p->layer);
}
