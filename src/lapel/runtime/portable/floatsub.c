#include "floatsub.h"

void lapel_floatsub(float *y, const float *x, const LAPEL_ROM lapel_floatsub_params *p)
{
    const lapel_index channels = p->channels;

    for (lapel_index n = p->count; n > 0; n -= channels) {
        const LAPEL_ROM float *b = p->b;

        for (lapel_index c = channels; c > 0; c--) {
            *y++ = lapel_float_alone(*x++ - *b++);
        }
    }
}
