#include "logsoftmax.h"

#define LAPEL_LOGSOFTMAX_ROOT 1518500250 /* sqrt(1/2); 2^31 is 1.0 */
#define LAPEL_LOGSOFTMAX_MIDDLE 1805811301 /* sqrt(sqrt(1/2)) */

/* log(sum) of sum >= 2^19, which is 1.0; the result's 1.0 is 2^26. docs/SPEC.md: log */
static int32_t lapel_logsoftmax_log(int32_t sum)
{
    const int32_t quarter = (int32_t)1 << 23, product = lapel_high_mul(sum, LAPEL_LOGSOFTMAX_ROOT);
    int_fast8_t lead = 0, root_lead = 0; /* zeros in front, less the sign */
    int32_t high, low, high_power, low_power, r, q, square, above, below;

    while (sum < (int32_t)1 << (30 - lead)) {
        lead++;
    }
    while (product < (int32_t)1 << (30 - root_lead)) {
        root_lead++;
    }
    high = lapel_high_mul((int32_t)((uint32_t)sum << lead), LAPEL_LOGSOFTMAX_ROOT);
    high = high > INT32_MAX / 2 ? INT32_MAX : 2 * high;
    low = sum > INT32_MAX >> root_lead ? INT32_MAX : (int32_t)((uint32_t)sum << root_lead);
    high_power = (11 - lead) * ((int32_t)1 << 25) + quarter;
    low_power = (12 - root_lead) * ((int32_t)1 << 25) - quarter;
    r = high < low ? high : low;
    q = 2 * (r - LAPEL_LOGSOFTMAX_MIDDLE);
    square = lapel_high_mul(q, q);
    above = lapel_high_mul(q, r) + lapel_high_mul(lapel_high_mul(q, square), 117049297);
    below = lapel_high_mul((int32_t)(((uint32_t)r + LAPEL_LOGSOFTMAX_MIDDLE + 1u) >> 1),
                           1057819769 + q + lapel_high_mul(127690142, square));
    below += lapel_high_mul(638450708, q);
    above = lapel_high_mul(lapel_rounding_shift(above, 6), lapel_reciprocal((uint32_t)below + ((uint32_t)1 << 31)));
    return (lapel_high_mul(high_power > low_power ? high_power : low_power, 1488522236) + above) * 2;
}

static void lapel_logsoftmax_row(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_logsoftmax_params *p)
{
    int8_t max = x[0];
    int32_t sum = 0, log, limit; /* of the sum, 2^19 is 1.0 */

    for (lapel_index c = 1; c < p->classes; c++) {
        max = x[c] > max ? x[c] : max;
    }
    for (lapel_index c = 0; c < p->classes; c++) {
        const int16_t d = (int16_t)(max - x[c]);

        sum += d < p->steps ? (int32_t)(((uint32_t)p->exps[d] + 2048u) >> 12) : 0;
    }
    log = lapel_logsoftmax_log(sum);
    limit = -lapel_requantize_any(log + INT32_MIN, p->inverse, (int_fast8_t)-p->right);
    limit = limit > p->radius ? p->radius + 1 : limit;
    for (lapel_index c = 0; c < p->classes; c++) {
        const int16_t d = (int16_t)(max - x[c]);

        y[c] = -128;
        if (d < limit) {
            const int32_t fixed = lapel_requantize_any(-d, p->mul, p->shift);

            y[c] = lapel_clamp(lapel_rounding_shift(fixed - log, 22) + 127, -128, 127);
        }
    }
}

void lapel_logsoftmax(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_logsoftmax_params *p)
{
    for (lapel_index row = 0; row < p->rows; row++) {
        lapel_logsoftmax_row(y, x, p);
        x += p->classes;
        y += p->classes;
    }
}
