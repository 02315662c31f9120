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

/* The newest result of a filter from its sum over x. The zero point is added behind the clamp, and so modulo 2^8. */
static int8_t lapel_svdf_newest(int32_t sum, const LAPEL_ROM lapel_svdf_params *p)
{
    const int8_t v = lapel_clamp(lapel_requantize(sum, p->feature_mul, p->feature_shift), INT8_MIN, INT8_MAX);

    return (int8_t)(uint8_t)(v + p->state_zero);
}

static int8_t lapel_svdf_output(int32_t acc, const LAPEL_ROM lapel_svdf_params *p)
{
    const uint32_t v = (uint32_t)lapel_requantize(acc, p->mul, p->shift) + (uint32_t)(int32_t)p->y_zero;

    return lapel_clamp((int32_t)v, INT8_MIN, INT8_MAX);
}

void lapel_svdf(int8_t *y, int8_t *new_state, const int8_t *x, const int8_t *state, const LAPEL_ROM lapel_svdf_params *p)
{
    const lapel_index filters = (lapel_index)(p->units * p->rank);

    for (lapel_index b = 0; b < p->batches; b++) {
        const LAPEL_ROM int8_t *time = p->time;
        const LAPEL_ROM int32_t *bias = p->bias;
        lapel_index rank = 0;
        int32_t acc = *bias++;

        for (lapel_index f = 0; f < filters; f = (lapel_index)(f + 4)) {
            const lapel_index count = (lapel_index)(filters - f < 4 ? filters - f : 4);
            int32_t sums[4];

            lapel_sum_rows(sums, x, p->feature + (size_t)f * (size_t)p->inputs, p->feature_bias + f, p->inputs, count);
            for (lapel_index i = 0; i < count; i++) {
                acc = lapel_svdf_filter(acc, new_state, state, lapel_svdf_newest(sums[i], p), time, p->memory);
                time += p->memory;
                state += p->memory;
                new_state += p->memory;
                if (++rank == p->rank) {
                    *y++ = lapel_svdf_output(acc, p);
                    acc = f + i + 1 < filters ? *bias++ : 0;
                    rank = 0;
                }
            }
        }
        x += p->inputs;
    }
}
