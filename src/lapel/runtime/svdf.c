#include "svdf.h"

/* Move the results of one filter up by one, put the newest behind, and multiply with the time filter. */
static int32_t lapel_svdf_filter(int32_t acc, int8_t *to, const int8_t *from, int8_t newest, const LAPEL_ROM int8_t *time,
                                 lapel_index memory)
{
    for (lapel_index k = 1; k < memory; k++) {
        const int8_t v = from[k];

        *to++ = v;
        acc += v * *time++;
    }
    *to = newest;
    return acc + newest * *time;
}

void lapel_svdf(int8_t *y, int8_t *new_state, const int8_t *x, const int8_t *state, const LAPEL_ROM lapel_svdf_params *p)
{
    const lapel_runs run = {1, p->inputs, 0, 0};

    for (lapel_index b = 0; b < p->batches; b++) {
        const LAPEL_ROM int8_t *feature = p->feature, *time = p->time;
        const LAPEL_ROM int32_t *feature_bias = p->feature_bias;

        for (lapel_index u = 0; u < p->units; u++) {
            int32_t acc = p->bias[u];

            for (lapel_index r = 0; r < p->rank; r++) {
                const int32_t sum = lapel_dot1(*feature_bias++, x, feature, &run);
                const int8_t v = lapel_clamp(lapel_requantize(sum, p->feature_mul, p->feature_shift), -128, 127);

                /* behind the clamp, and so modulo 2^8: TFLite Micro adds the zero point there */
                acc = lapel_svdf_filter(acc, new_state, state, (int8_t)(uint8_t)(v + p->state_zero), time, p->memory);
                feature += p->inputs;
                time += p->memory;
                state += p->memory;
                new_state += p->memory;
            }
            *y++ = lapel_clamp((int32_t)((uint32_t)lapel_requantize(acc, p->mul, p->shift) + (uint32_t)(int32_t)p->y_zero),
                               -128, 127);
        }
        x += p->inputs;
    }
}
