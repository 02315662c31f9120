#include "conv_decoded_sparse.h"

void lapel_conv_decoded_sparse(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_decoded_sparse_params *p)
{
    lapel_sparse d = lapel_sparse_from(&p->code);
    const lapel_rows rows = {lapel_sparse_next_row, &d};

    lapel_convdecoded_images(y, x, &p->layer, &rows);
}
