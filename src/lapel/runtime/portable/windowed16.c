#include "windowed16.h"

void lapel_windowed16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_windowed16_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        for (lapel_index i = 0; i < p->length; i++) {
            *y++ = lapel_clamp16(((int32_t)*x++ * p->window[i]) >> p->shift, INT16_MIN, INT16_MAX);
        }
    }
}
