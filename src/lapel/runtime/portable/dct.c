#include "dct.h"

/* sum / 2^drop towards zero, saturated. */
LAPEL_INLINE int8_t lapel_dct_output(int64_t sum, int_fast8_t drop)
{
    const int64_t kept = (sum < 0 ? -sum : sum) >> drop;
    const int32_t limited = kept > 128 ? 128 : (int32_t)kept;

    return lapel_clamp(sum < 0 ? -limited : limited, INT8_MIN, INT8_MAX);
}

void lapel_dct(int8_t *y, const int32_t *x, const LAPEL_ROM lapel_dct_params *p)
{
    for (lapel_index t = 0; t < p->frames; t++) {
        const LAPEL_ROM int16_t *row = p->rows;

        for (lapel_index k = 0; k < p->outputs; k++) {
            int64_t sum = p->bias[k];

            for (lapel_index i = 0; i < p->inputs; i++) {
                sum += (int64_t)x[i] * *row++;
            }
            *y++ = lapel_dct_output(sum, p->drop);
        }
        x += p->inputs;
    }
}
