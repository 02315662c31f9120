#include "conv.h"

void lapel_conv(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_params *p)
{
    const lapel_output output = {p->mul, p->shift, p->per_channel, p->lo, p->hi, p->plain, p->y_zero};
    lapel_conv_job j;

    j.p = &p->shape;
    j.w = p->w;
    j.bias = p->bias;
    j.channels = p->group_out;
    j.output = output;
    lapel_conv_images(y, x, &j);
}
