#include "l2norm.h"

void lapel_l2norm(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_l2norm_params *p)
{
    const int32_t zero = p->x_zero;

    for (lapel_index row = 0; row < p->rows; row++) {
        int32_t sum = 0, mul;
        int_fast8_t shift;

        for (lapel_index c = 0; c < p->channels; c++) {
            const int32_t v = x[c] - zero;

            sum += v * v;
        }
        shift = (int_fast8_t)(lapel_inverse_root(sum, &mul) + 7);
        for (lapel_index c = 0; c < p->channels; c++) {
            y[c] = lapel_clamp(lapel_requantize(x[c] - zero, mul, shift), -128, 127);
        }
        x += p->channels;
        y += p->channels;
    }
}
