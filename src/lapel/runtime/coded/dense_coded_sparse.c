#include "dense_coded_sparse.h"

void lapel_dense_coded_sparse(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_coded_sparse_params *p)
{
    const lapel_output output = {p->mul, p->shift, p->per_channel, p->lo, p->hi, p->plain, p->y_zero};
    const lapel_biases biases = {p->bias, p->bias_bytes, p->bias_shift};

    for (lapel_index n = p->batches; n > 0; n--) {
        lapel_sparse d = lapel_sparse_from(p->codes, p->code_bytes);

        for (lapel_index o = 0; o < p->outputs; o++) {
            const int32_t acc = lapel_bias_of(&biases, o) + lapel_sparse_dot(&d, x, p->inputs, p->x_zero);

            lapel_finish(y++, &acc, o, 1, &output);
        }
        x += p->inputs;
    }
}
