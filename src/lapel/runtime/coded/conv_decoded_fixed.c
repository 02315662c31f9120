#include "conv_decoded_fixed.h"

void lapel_conv_decoded_fixed(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_decoded_fixed_params *p)
{
    lapel_fixed d = lapel_fixed_from(&p->code);
    const lapel_rows rows = {lapel_fixed_next_row, &d};

    lapel_convdecoded_images(y, x, &p->layer, &rows);
}
