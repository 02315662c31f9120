#include "meanf32.h"

static float lapel_meanf32_cell(const float *x, const LAPEL_ROM lapel_meanf32_params *p)
{
    float sum = 0.0f;

    for (lapel_index i = p->summed[0]; i > 0; i--) {
        const float *plane = x;

        for (lapel_index j = p->summed[1]; j > 0; j--) {
            const float *at = plane;

            for (lapel_index k = p->summed[2]; k > 0; k--) {
                sum = lapel_float_alone(sum + *at);
                at += p->summed_strides[2];
            }
            plane += p->summed_strides[1];
        }
        x += p->summed_strides[0];
    }
    return lapel_float_quotient(sum, p->cells);
}

void lapel_meanf32(float *y, const float *x, const LAPEL_ROM lapel_meanf32_params *p)
{
    for (lapel_index i = p->kept[0]; i > 0; i--) {
        const float *plane = x;

        for (lapel_index j = p->kept[1]; j > 0; j--) {
            const float *at = plane;

            for (lapel_index k = p->kept[2]; k > 0; k--) {
                *y++ = lapel_meanf32_cell(at, p);
                at += p->kept_strides[2];
            }
            plane += p->kept_strides[1];
        }
        x += p->kept_strides[0];
    }
}
