#include "conv_mve.h"

void lapel_conv_mve(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_mve_params *p)
{
    lapel_mve_job j;

    j.w = p->w;
    j.channels = p->shape.out_c;
    j.zero = p->y_zero;
    j.lo = p->lo;
    j.hi = p->hi;
    lapel_conv_mve_images(y, x, &j, &p->shape);
}
