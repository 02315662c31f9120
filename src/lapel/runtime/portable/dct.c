#include "dctoutput.h"

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
