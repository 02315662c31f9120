#include "conv_decodedmve_huffman.h"

void lapel_conv_decodedmve_huffman(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_decodedmve_huffman_params *p)
{
    lapel_huffman32 d = lapel_huffman32_from(&p->code);
    const lapel_vector_rows rows = {{lapel_huffman32_next_row, &d}, 0};

    lapel_conv_mvedecoded_images(y, x, &p->layer, &rows);
}
