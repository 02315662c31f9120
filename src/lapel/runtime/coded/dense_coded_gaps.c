#include "dense_coded_gaps.h"

void lapel_dense_coded_gaps(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_coded_gaps_params *p)
{
    const lapel_output output = lapel_coded_output(&p->layer);
    const lapel_biases biases = lapel_coded_biases(&p->layer);

    for (lapel_index n = p->layer.batches; n > 0; n--) {
        lapel_gaps d = lapel_gaps_from(&p->code);

        for (lapel_index o = 0; o < p->layer.outputs; o++) {
            const int32_t acc = lapel_bias_of(&biases, o) + lapel_gaps_dot(&d, x, p->layer.inputs, p->layer.x_zero);

            lapel_finish(y++, &acc, o, 1, &output);
        }
        x += p->layer.inputs;
    }
}
