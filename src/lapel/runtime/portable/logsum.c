#include "logsum.h"

void lapel_logsum(int32_t *y, const int32_t *x, const LAPEL_ROM lapel_logsum_params *p)
{
    for (lapel_index n = p->batches; n > 0; n--) {
        int32_t sum = *x++;

        for (lapel_index k = p->inputs; k > 1; k--) {
            const int32_t value = *x++;
            const int32_t high = sum > value ? sum : value;
            const int32_t low = sum > value ? value : sum;
            const uint32_t at = ((uint32_t)high - (uint32_t)low) >> p->drop;
            const int32_t more = p->table[at < p->last ? at : p->last];

            sum = high > INT32_MAX - more ? INT32_MAX : high + more;
        }
        *y++ = sum;
    }
}
