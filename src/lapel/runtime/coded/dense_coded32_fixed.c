#include "dense_coded32_fixed.h"

void lapel_dense_coded32_fixed(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_coded32_fixed_params *p)
{
    const lapel_output output = {p->mul, p->shift, p->per_channel, p->lo, p->hi, p->plain, p->y_zero};
    const lapel_biases biases = {p->bias, p->bias_bytes, p->bias_shift};

    for (lapel_index n = p->batches; n > 0; n--) {
        lapel_fixed d = lapel_fixed_from(p->codes, p->code_bytes, p->values, p->bits);

        for (lapel_index o = 0; o < p->outputs; o++) {
            const int32_t acc = lapel_bias_of(&biases, o) + lapel_fixed32_dot(&d, x, p->inputs);

            lapel_finish(y++, &acc, o, 1, &output);
        }
        x += p->inputs;
    }
}
