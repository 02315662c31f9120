#include "curve16.h"

void lapel_curve16(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_curve16_params *p)
{
    const LAPEL_ROM uint16_t *table = p->table;
    const int_fast8_t shift = p->shift;
    const int32_t mul = p->mul, half = (int32_t)(((uint32_t)1 << shift) >> 1);

    for (lapel_index n = p->count; n > 0; n--) {
        const int32_t v = (int32_t)(((int64_t)(*x++ * mul) + half) >> shift);

        *y++ = p->tanh ? lapel_tanh16(v, table) : lapel_logistic16(v, table);
    }
}
