#include "conv_decodeddsp_huffman.h"

void lapel_conv_decodeddsp_huffman(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_decodeddsp_huffman_params *p)
{
    lapel_huffman32 d = lapel_huffman32_from(&p->code);
    const lapel_pair_rows rows = {{lapel_huffman32_next_row, &d}, 0};

    lapel_conv_dspdecoded_images(y, x, &p->layer, &rows);
}
