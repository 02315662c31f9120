#include "dense_avr_narrow.h"

void lapel_dense_avr_narrow(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_avr_narrow_params *p)
{
    lapel_avrnarrow(y, x, &p->layer);
}
