#include "rsqrt16.h"

void lapel_rsqrt16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rsqrt16_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        const int16_t v = *x++;
        int16_t out = INT16_MAX;

        if (v > 0) {
            int32_t mul;
            const int_fast8_t shift = (int_fast8_t)(lapel_inverse_root(v, &mul) + LAPEL_RSQRT16_LEFT);
            const int32_t root = lapel_requantize_any(1, mul, shift);


            out = lapel_clamp16(lapel_requantize_any(root, p->mul, p->shift), INT16_MIN, INT16_MAX);
        }
        *y++ = out;
    }
}
