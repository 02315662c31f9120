#include "svdf_mve.h"

#ifdef LAPEL_MVE_ARM

/* Move `count` results up by one and multiply them with the time filter. What is written is below what is still to be
 * read, also where `to` is just below `from`. */
LAPEL_INLINE int32_t lapel_svdf_mve_past(int32_t acc, int8_t *to, const int8_t *from, const LAPEL_ROM int8_t *time,
                                         lapel_index count)
{
    __asm__ volatile("wlstp.8 lr, %[count], 2f\n"
                     "1: vldrb.8 q0, [%[from]], #16\n"
                     "vldrb.8 q1, [%[time]], #16\n"
                     "vmladava.s8 %[acc], q0, q1\n"
                     "vstrb.8 q0, [%[to]], #16\n"
                     "letp lr, 1b\n"
                     "2:"
                     : [acc] "+&Te"(acc), [to] "+&l"(to), [from] "+&l"(from), [time] "+&l"(time)
                     : [count] "r"(count)
                     : "lr", "q0", "q1", "memory");
    return acc;
}

#else

LAPEL_INLINE int32_t lapel_svdf_mve_past(int32_t acc, int8_t *to, const int8_t *from, const LAPEL_ROM int8_t *time,
                                         lapel_index count)
{
    for (lapel_index k = 0; k < count; k++) {
        const int8_t v = from[k];

        acc += v * time[k];
        to[k] = v;
    }
    return acc;
}

#endif

/* Move the results of one filter up by one, put the newest behind, and multiply with the time filter. */
static int32_t lapel_svdf_mve_filter(int32_t acc, int8_t *to, const int8_t *from, int8_t newest,
                                     const LAPEL_ROM int8_t *time, lapel_index memory)
{
    const lapel_index past = memory - 1;

    acc = lapel_svdf_mve_past(acc, to, from + 1, time, past);
    to[past] = newest;
    return acc + newest * time[past];
}

void lapel_svdf_mve(int8_t *y, int8_t *new_state, const int8_t *x, const int8_t *state,
                    const LAPEL_ROM lapel_svdf_mve_params *p)
{
    const lapel_index filters = p->units * p->rank;

    for (lapel_index b = 0; b < p->batches; b++) {
        const LAPEL_ROM int32_t *feature = p->feature, *bias = p->bias;
        const LAPEL_ROM int8_t *time = p->time;
        lapel_index rank = 0;
        int32_t acc = *bias++;

        for (lapel_index f = 0; f < filters; f += 4) {
            int32_t sums[4];

            feature = lapel_mve_sums(sums, feature, x, p->inputs);
            for (lapel_index i = 0; i < 4 && f + i < filters; i++) {
                acc = lapel_svdf_mve_filter(acc, new_state, state, lapel_svdfsums_newest(sums[i], p), time, p->memory);
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
