#include "depthwise_avr.h"

void lapel_depthwise_avr(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_depthwise_avr_params *p)
{
    lapel_avrwindow(y, x, &p->conv, lapel_avrlanes);
}
