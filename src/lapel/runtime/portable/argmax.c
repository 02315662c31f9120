#include "argmax.h"

static lapel_index lapel_argmax_first(const int8_t *x, const LAPEL_ROM lapel_argmax_params *p)
{
    lapel_index best = 0;
    const int8_t flip = p->flip;
    int8_t max = (int8_t)(*x ^ flip);

    for (lapel_index i = 0; i < p->count; i++) {
        const int8_t v = (int8_t)(*x ^ flip);

        if (v > max) {
            max = v;
            best = i;
        }
        x += p->inner;
    }
    return best;
}

void lapel_argmax(int32_t *y, const int8_t *x, const LAPEL_ROM lapel_argmax_params *p)
{
    for (lapel_index outer = 0; outer < p->outer; outer++) {
        for (lapel_index inner = 0; inner < p->inner; inner++) {
            *y++ = lapel_argmax_first(x + inner, p);
        }
        x += (size_t)p->count * (size_t)p->inner;
    }
}
