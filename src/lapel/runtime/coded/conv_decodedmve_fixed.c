#include "conv_decodedmve_fixed.h"

void lapel_conv_decodedmve_fixed(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_decodedmve_fixed_params *p)
{
    lapel_fixed d = lapel_fixed_from(&p->code);
    const lapel_vector_rows rows = {{lapel_fixed_next_row, &d}, lapel_fixedvectors_next};

    lapel_conv_mvedecoded_images(y, x, &p->layer, &rows);
}
