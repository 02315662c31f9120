/* Up to four rows of a matrix times a vector, for kernels that make something of their own of the sums. */
#ifndef LAPEL_ROWS_H
#define LAPEL_ROWS_H

#include "dot.h"

/* sums[i] = bias[i] + the product of x and row i of w, [count][run]; count: 1..4. */
LAPEL_INLINE void lapel_sum_rows(int32_t *sums, const int8_t *x, const LAPEL_ROM int8_t *w,
                                 const LAPEL_ROM int32_t *bias, lapel_index run, lapel_index count)
{
    const lapel_runs runs = {1, run, 0, 0};

    for (lapel_index i = 0; i < count; i++) {
        sums[i] = bias[i];
    }
    if (count == 4) {
        lapel_dot4(sums, x, w, (size_t)run, &runs);
        return;
    }
    for (lapel_index i = 0; i < count; i++) {
        sums[i] = lapel_dot1(sums[i], x, w, &runs);
        w += run;
    }
}

#endif
