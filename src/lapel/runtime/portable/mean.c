#include "mean.h"

static int8_t lapel_mean_cell(const int8_t *x, const LAPEL_ROM lapel_mean_params *p)
{
    int32_t sum = p->bias;

    for (lapel_index i = p->summed[0]; i > 0; i--) {
        const int8_t *plane = x;

        for (lapel_index j = p->summed[1]; j > 0; j--) {
            const int8_t *at = plane;

            for (lapel_index k = p->summed[2]; k > 0; k--) {
                sum += *at;
                at += p->summed_strides[2];
            }
            plane += p->summed_strides[1];
        }
        x += p->summed_strides[0];
    }
    return lapel_clamp((int32_t)((uint32_t)lapel_requantize(sum, p->mul, p->shift) + (uint32_t)p->y_zero), -128, 127);
}

void lapel_mean(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_mean_params *p)
{
    for (lapel_index i = p->kept[0]; i > 0; i--) {
        const int8_t *plane = x;

        for (lapel_index j = p->kept[1]; j > 0; j--) {
            const int8_t *at = plane;

            for (lapel_index k = p->kept[2]; k > 0; k--) {
                *y++ = lapel_mean_cell(at, p);
                at += p->kept_strides[2];
            }
            plane += p->kept_strides[1];
        }
        x += p->kept_strides[0];
    }
}
