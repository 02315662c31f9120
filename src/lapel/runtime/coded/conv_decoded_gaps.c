#include "conv_decoded_gaps.h"

void lapel_conv_decoded_gaps(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_decoded_gaps_params *p)
{
    lapel_gaps d = lapel_gaps_from(&p->code);
    const lapel_rows rows = {lapel_gaps_next_row, &d};

    lapel_convdecoded_images(y, x, &p->layer, &rows);
}
