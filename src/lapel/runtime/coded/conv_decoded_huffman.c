#include "conv_decoded_huffman.h"

void lapel_conv_decoded_huffman(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_decoded_huffman_params *p)
{
    lapel_huffman d = lapel_huffman_from(&p->code);
    const lapel_rows rows = {lapel_huffman_next_row, &d};

    lapel_convdecoded_images(y, x, &p->layer, &rows);
}
