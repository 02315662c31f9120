#include "activity.h"

/* The floor after a row: it follows down fast, up slowly, and takes the first variance that it sees. */
static uint32_t lapel_activity_follow(uint32_t floor, uint32_t variance, const LAPEL_ROM lapel_activity_params *p)
{
    const uint32_t up = (floor >> p->rise) + 1;

    if (floor == 0) {
        return variance;
    }
    if (variance < floor) {
        return floor - ((floor - variance) >> p->fall);
    }
    return variance - floor < up ? variance : floor + up;
}

/* Whether a row with so much variance and so many crossings is heard above the floor. */
static int32_t lapel_activity_heard(const int32_t *row, const LAPEL_ROM lapel_activity_params *p)
{
    const uint32_t variance = (uint32_t)row[0];
    const uint64_t scaled = (uint64_t)variance << 4, floor = (uint32_t)row[2];

    if (variance < p->least) {
        return 0;
    }
    return scaled > floor * p->ratio || (row[1] >= (int32_t)p->crossings && scaled > floor * p->hiss);
}

void lapel_activity(int32_t *y, int32_t *next, const int16_t *x, const int32_t *state,
                    const LAPEL_ROM lapel_activity_params *p)
{
    const lapel_index stride = p->stride;
    uint32_t floor = (uint32_t)state[0];
    int32_t mean = state[1];

    for (lapel_index row = p->rows; row > 0; row--) {
        const int16_t *end = x + p->width;
        int32_t below = x[0] < mean, crossings = 0, sum = 0;
        int64_t squares = 0;

        for (; x < end; x += stride) {
            const int32_t sample = *x, now = sample < mean;

            sum += sample;
            squares += (int64_t)sample * sample;
            crossings += below ^ now;
            below = now;
        }
        squares = (squares << p->log2) - (int64_t)sum * sum;
        y[0] = (int32_t)(squares >> (2 * p->log2));
        y[1] = crossings;
        y[2] = (int32_t)floor;
        y[3] = lapel_activity_heard(y, p);
        floor = lapel_activity_follow(floor, (uint32_t)y[0], p);
        mean = sum >> p->log2;
        y += 4;
    }
    next[0] = (int32_t)floor;
    next[1] = mean;
}
