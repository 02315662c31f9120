#include "conv_decodedmve_sparse.h"

void lapel_conv_decodedmve_sparse(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_decodedmve_sparse_params *p)
{
    lapel_sparse d = lapel_sparse_from(&p->code);
    const lapel_vector_rows rows = {{lapel_sparse_next_row, &d}, 0};

    lapel_conv_mvedecoded_images(y, x, &p->layer, &rows);
}
