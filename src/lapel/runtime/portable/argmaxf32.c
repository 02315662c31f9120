#include "argmaxf32.h"

static lapel_index lapel_argmaxf32_first(const float *x, const LAPEL_ROM lapel_argmaxf32_params *p)
{
    lapel_index best = 0;
    const int8_t least = p->least;
    float m = *x;

    for (lapel_index i = 0; i < p->count; i++) {
        if (least != 0 ? *x < m : *x > m) {
            m = lapel_float_alone(*x);
            best = i;
        }
        x += p->inner;
    }
    return best;
}

void lapel_argmaxf32(int32_t *y, const float *x, const LAPEL_ROM lapel_argmaxf32_params *p)
{
    for (lapel_index outer = 0; outer < p->outer; outer++) {
        for (lapel_index inner = 0; inner < p->inner; inner++) {
            *y++ = lapel_argmaxf32_first(x + inner, p);
        }
        x += (size_t)p->count * (size_t)p->inner;
    }
}
