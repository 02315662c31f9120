#include "leakyreluf32.h"

void lapel_leakyreluf32(float *y, const float *x, const LAPEL_ROM lapel_leakyreluf32_params *p)
{
    const float alpha = p->alpha;

    for (lapel_index n = p->count; n > 0; n--) {
        const float v = *x++;

        *y++ = lapel_float_alone(v >= 0.0f ? v : v * alpha);
    }
}
