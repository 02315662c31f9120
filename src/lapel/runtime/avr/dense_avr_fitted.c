#include "dense_avr_fitted.h"

void lapel_dense_avr_fitted(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_avr_fitted_params *p)
{
    lapel_avrfitted(y, x, &p->layer);
}
