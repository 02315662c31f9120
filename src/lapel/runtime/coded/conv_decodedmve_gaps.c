#include "conv_decodedmve_gaps.h"

void lapel_conv_decodedmve_gaps(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_decodedmve_gaps_params *p)
{
    lapel_gaps32 d = lapel_gaps32_from(&p->code);
    const lapel_vector_rows rows = {{lapel_gaps32_next_row, &d}, 0};

    lapel_conv_mvedecoded_images(y, x, &p->layer, &rows);
}
