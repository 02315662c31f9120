#include "leakyrelu16.h"

void lapel_leakyrelu16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_leakyrelu16_params *p)
{
    const int32_t mul = p->mul, low_mul = p->low_mul;
    const int_fast8_t shift = p->shift, low_shift = p->low_shift;

    for (lapel_index n = p->count; n > 0; n--) {
        const int16_t v = *x++;
        const int32_t out = v >= 0          ? lapel_requantize(v, mul, shift)
                            : low_mul >= 0 ? lapel_requantize(v, low_mul, low_shift)
                                           : lapel_requantize_any(v, low_mul, low_shift);

        *y++ = lapel_clamp16(out, INT16_MIN, INT16_MAX);
    }
}
