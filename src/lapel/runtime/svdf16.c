#include "svdf16.h"

/* Move the results of one filter up by one, put the newest behind, and multiply with the time filter: modulo 2^32. */
static uint32_t lapel_svdf16_filter(uint32_t acc, int16_t *to, const int16_t *from, int16_t newest,
                                    const LAPEL_ROM int16_t *time, lapel_index memory)
{
    for (lapel_index k = 1; k < memory; k++) {
        const int16_t v = from[k];

        *to++ = v;
        acc += (uint32_t)((int32_t)v * *time++);
    }
    *to = newest;
    return acc + (uint32_t)((int32_t)newest * *time);
}

static int16_t lapel_svdf16_newest(int32_t sum, const LAPEL_ROM lapel_svdf16_params *p)
{
    const int32_t v = lapel_requantize(sum, p->feature_mul, p->feature_shift);
    const int32_t cut = v == (int16_t)v ? v : (v >> 31) ^ INT16_MAX;

    /* behind the clamp, and so modulo 2^16: TFLite Micro adds the zero point there */
    return (int16_t)(uint16_t)((uint32_t)cut + (uint32_t)(int32_t)p->state_zero);
}

void lapel_svdf16(int8_t *y, int16_t *new_state, const int8_t *x, const int16_t *state,
                  const LAPEL_ROM lapel_svdf16_params *p)
{
    const lapel_runs run = {1, p->inputs, 0, 0};

    for (lapel_index b = 0; b < p->batches; b++) {
        const LAPEL_ROM int8_t *feature = p->feature;
        const LAPEL_ROM int16_t *time = p->time;
        const LAPEL_ROM int32_t *feature_bias = p->feature_bias;

        for (lapel_index u = 0; u < p->units; u++) {
            uint32_t acc = (uint32_t)p->bias[u];

            for (lapel_index r = 0; r < p->rank; r++) {
                const int16_t v = lapel_svdf16_newest(lapel_dot1(*feature_bias++, x, feature, &run), p);

                acc = lapel_svdf16_filter(acc, new_state, state, v, time, p->memory);
                feature += p->inputs;
                time += p->memory;
                state += p->memory;
                new_state += p->memory;
            }
            *y++ = lapel_clamp(
                (int32_t)((uint32_t)lapel_requantize((int32_t)acc, p->mul, p->shift) + (uint32_t)(int32_t)p->y_zero), -128,
                127);
        }
        x += p->inputs;
    }
}
