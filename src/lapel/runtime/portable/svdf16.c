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

/* The newest result of a filter from its sum over x. The zero point is added behind the clamp, and so modulo 2^16. */
static int16_t lapel_svdf16_newest(int32_t sum, const LAPEL_ROM lapel_svdf16_params *p)
{
    const int32_t v = lapel_requantize(sum, p->feature_mul, p->feature_shift);
    const int32_t cut = v == (int16_t)v ? v : (v >> 31) ^ INT16_MAX;

    return (int16_t)(uint16_t)((uint32_t)cut + (uint32_t)(int32_t)p->state_zero);
}

static int8_t lapel_svdf16_output(uint32_t acc, const LAPEL_ROM lapel_svdf16_params *p)
{
    const uint32_t v = (uint32_t)lapel_requantize((int32_t)acc, p->mul, p->shift) + (uint32_t)(int32_t)p->y_zero;

    return lapel_clamp((int32_t)v, INT8_MIN, INT8_MAX);
}

void lapel_svdf16(int8_t *y, int16_t *new_state, const int8_t *x, const int16_t *state,
                  const LAPEL_ROM lapel_svdf16_params *p)
{
    const lapel_index filters = (lapel_index)(p->units * p->rank);

    for (lapel_index b = 0; b < p->batches; b++) {
        const LAPEL_ROM int16_t *time = p->time;
        const LAPEL_ROM int32_t *bias = p->bias;
        lapel_index rank = 0;
        uint32_t acc = (uint32_t)*bias++;

        for (lapel_index f = 0; f < filters; f = (lapel_index)(f + 4)) {
            const lapel_index count = (lapel_index)(filters - f < 4 ? filters - f : 4);
            int32_t sums[4];

            lapel_sum_rows(sums, x, p->feature + (size_t)f * (size_t)p->inputs, p->feature_bias + f, p->inputs, count);
            for (lapel_index i = 0; i < count; i++) {
                acc = lapel_svdf16_filter(acc, new_state, state, lapel_svdf16_newest(sums[i], p), time, p->memory);
                time += p->memory;
                state += p->memory;
                new_state += p->memory;
                if (++rank == p->rank) {
                    *y++ = lapel_svdf16_output(acc, p);
                    acc = f + i + 1 < filters ? (uint32_t)*bias++ : 0;
                    rank = 0;
                }
            }
        }
        x += p->inputs;
    }
}
