#include "conv_avr.h"

void lapel_conv_avr(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_avr_params *p)
{
    lapel_avrwindow(y, x, &p->conv, lapel_avrrow);
}
