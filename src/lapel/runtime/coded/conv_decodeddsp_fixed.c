#include "conv_decodeddsp_fixed.h"

void lapel_conv_decodeddsp_fixed(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_decodeddsp_fixed_params *p)
{
    lapel_fixedpairs d = lapel_fixedpairs_from(&p->code);
    const lapel_pair_rows rows = {{lapel_fixed_next_row, &d.rows}, lapel_fixedpairs_next};

    lapel_conv_dspdecoded_images(y, x, &p->layer, &rows);
}
