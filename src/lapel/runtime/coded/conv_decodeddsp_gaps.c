#include "conv_decodeddsp_gaps.h"

void lapel_conv_decodeddsp_gaps(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_decodeddsp_gaps_params *p)
{
    lapel_gaps32 d = lapel_gaps32_from(&p->code);
    const lapel_pair_rows rows = {{lapel_gaps32_next_row, &d}, 0};

    lapel_conv_dspdecoded_images(y, x, &p->layer, &rows);
}
