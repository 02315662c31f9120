#include "reducemaxf32.h"

static float lapel_reducemaxf32_cell(const float *x, const LAPEL_ROM lapel_reducemaxf32_params *p)
{
    const int8_t least = p->least;
    float m = *x;

    for (lapel_index i = p->taken[0]; i > 0; i--) {
        const float *plane = x;

        for (lapel_index j = p->taken[1]; j > 0; j--) {
            const float *at = plane;

            for (lapel_index k = p->taken[2]; k > 0; k--) {
                m = lapel_float_alone((least != 0 ? *at < m : *at > m) ? *at : m);
                at += p->taken_strides[2];
            }
            plane += p->taken_strides[1];
        }
        x += p->taken_strides[0];
    }
    return m;
}

void lapel_reducemaxf32(float *y, const float *x, const LAPEL_ROM lapel_reducemaxf32_params *p)
{
    for (lapel_index i = p->kept[0]; i > 0; i--) {
        const float *plane = x;

        for (lapel_index j = p->kept[1]; j > 0; j--) {
            const float *at = plane;

            for (lapel_index k = p->kept[2]; k > 0; k--) {
                *y++ = lapel_reducemaxf32_cell(at, p);
                at += p->kept_strides[2];
            }
            plane += p->kept_strides[1];
        }
        x += p->kept_strides[0];
    }
}
