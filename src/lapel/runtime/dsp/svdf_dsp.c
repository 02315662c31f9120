#include "svdf_dsp.h"

/* Move the results of one filter up by one, put the newest behind, and multiply with the time filter. What is written is
 * below what is still to be read, also where `to` is `from`. */
static int32_t lapel_svdf_dsp_filter(int32_t acc, int8_t *to, const int8_t *from, int8_t newest,
                                     const LAPEL_ROM int8_t *time, lapel_index memory)
{
    lapel_index left = memory - 1;

    from++;
    for (; left >= 4; left -= 4) {
        const uint32_t v = lapel_read4(from), t = lapel_read4(time);

        acc = lapel_smlad(lapel_sxtb16(v), lapel_sxtb16(t), acc);
        acc = lapel_smlad(lapel_sxtb16_odd(v), lapel_sxtb16_odd(t), acc);
        lapel_write4(to, v);
        from += 4;
        to += 4;
        time += 4;
    }
    for (; left > 0; left--) {
        const int8_t v = *from++;

        acc += v * *time++;
        *to++ = v;
    }
    *to = newest;
    return acc + newest * *time;
}

void lapel_svdf_dsp(int8_t *y, int8_t *new_state, const int8_t *x, const int8_t *state,
                    const LAPEL_ROM lapel_svdf_dsp_params *p)
{
    const lapel_index filters = p->units * p->rank;
    int8_t last[4];

    for (lapel_index b = 0; b < p->batches; b++) {
        const int8_t *tail = lapel_dspsums_tail(last, x, p->inputs);
        const LAPEL_ROM int32_t *feature = p->feature, *bias = p->bias;
        const LAPEL_ROM int8_t *time = p->time;
        lapel_index rank = 0;
        int32_t acc = *bias++;

        for (lapel_index f = 0; f < filters; f += 4) {
            int32_t sums[4];

            feature = lapel_dspsums(sums, feature, x, p->inputs >> 2, tail);
            for (lapel_index i = 0; i < 4 && f + i < filters; i++) {
                acc = lapel_svdf_dsp_filter(acc, new_state, state, lapel_svdfsums_newest(sums[i], p), time, p->memory);
                time += p->memory;
                state += p->memory;
                new_state += p->memory;
                if (++rank == p->rank) {
                    *y++ = lapel_svdfsums_output(acc, p);
                    acc = f + i + 1 < filters ? *bias++ : 0;
                    rank = 0;
                }
            }
        }
        x += p->inputs;
    }
}
