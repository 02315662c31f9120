#include "mean16.h"

static int16_t lapel_mean16_cell(const int16_t *x, const LAPEL_ROM lapel_mean16_params *p)
{
    int32_t sum = 0;

    for (lapel_index i = p->summed[0]; i > 0; i--) {
        const int16_t *plane = x;

        for (lapel_index j = p->summed[1]; j > 0; j--) {
            const int16_t *at = plane;

            for (lapel_index k = p->summed[2]; k > 0; k--) {
                sum += *at;
                at += p->summed_strides[2];
            }
            plane += p->summed_strides[1];
        }
        x += p->summed_strides[0];
    }
    return lapel_clamp16(lapel_requantize(sum, p->mul, p->shift), INT16_MIN, INT16_MAX);
}

void lapel_mean16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_mean16_params *p)
{
    for (lapel_index i = p->kept[0]; i > 0; i--) {
        const int16_t *plane = x;

        for (lapel_index j = p->kept[1]; j > 0; j--) {
            const int16_t *at = plane;

            for (lapel_index k = p->kept[2]; k > 0; k--) {
                *y++ = lapel_mean16_cell(at, p);
                at += p->kept_strides[2];
            }
            plane += p->kept_strides[1];
        }
        x += p->kept_strides[0];
    }
}
