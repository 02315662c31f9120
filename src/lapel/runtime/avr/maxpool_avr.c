#include "maxpool_avr.h"

void lapel_maxpool_avr(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_maxpool_avr_params *p)
{
    lapel_avrpool(y, x, &p->pool, lapel_avrpool_max);
}
