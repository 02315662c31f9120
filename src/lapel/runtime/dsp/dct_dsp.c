#include "dct_dsp.h"

/* sums[0] += x times row, sums[1] += x times the row behind it. */
LAPEL_NOINLINE void lapel_dct_dsp_two(int64_t *sums, const int32_t *x, const LAPEL_ROM int16_t *row, lapel_index count)
{
    const LAPEL_ROM int16_t *next = row + count;
    int64_t a = sums[0], b = sums[1];

    if ((count & 1) != 0) {
        a += (int64_t)x[0] * *row++;
        b += (int64_t)x[0] * *next++;
        x++;
    }
    for (const int32_t *const end = x + (count & ~1); x != end; x += 2) {
        a += (int64_t)x[0] * row[0];
        b += (int64_t)x[0] * next[0];
        a += (int64_t)x[1] * row[1];
        b += (int64_t)x[1] * next[1];
        row += 2;
        next += 2;
    }
    sums[0] = a;
    sums[1] = b;
}

void lapel_dct_dsp(int8_t *y, const int32_t *x, const LAPEL_ROM lapel_dct_dsp_params *p)
{
    const lapel_index inputs = p->inputs, outputs = p->outputs;

    for (lapel_index t = p->frames; t > 0; t--) {
        const LAPEL_ROM int16_t *row = p->rows;
        const LAPEL_ROM int64_t *bias = p->bias;

        for (lapel_index k = outputs; k > 1; k -= 2) {
            int64_t sums[2] = {bias[0], bias[1]};

            lapel_dct_dsp_two(sums, x, row, inputs);
            *y++ = lapel_dct_output(sums[0], p->drop);
            *y++ = lapel_dct_output(sums[1], p->drop);
            row += 2 * inputs;
            bias += 2;
        }
        if ((outputs & 1) != 0) {
            int64_t sum = *bias;

            for (lapel_index i = 0; i < inputs; i++) {
                sum += (int64_t)x[i] * row[i];
            }
            *y++ = lapel_dct_output(sum, p->drop);
        }
        x += inputs;
    }
}
