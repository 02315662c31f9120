#include "dense_coded32_huffman.h"

void lapel_dense_coded32_huffman(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_coded32_huffman_params *p)
{
    const lapel_output output = {p->mul, p->shift, p->per_channel, p->lo, p->hi, p->plain, p->y_zero};
    const lapel_biases biases = {p->bias, p->bias_bytes, p->bias_shift};
    const lapel_book book = {p->counts, p->values};

    for (lapel_index n = p->batches; n > 0; n--) {
        lapel_huffman32 d = lapel_huffman32_from(p->codes, p->code_bytes, book, p->scratch);

        for (lapel_index o = 0; o < p->outputs; o++) {
            const int32_t acc = lapel_bias_of(&biases, o) + lapel_huffman32_dot(&d, x, p->inputs);

            lapel_finish(y++, &acc, o, 1, &output);
        }
        x += p->inputs;
    }
}
