#include "dense_mve.h"

void lapel_dense_mve(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_mve_params *p)
{
    lapel_mve_run runs[2] = {{x, p->inputs}, {x, 0}};
    lapel_mve_job j;

    j.w = p->w;
    j.table = p->table;
    j.out_c = p->outputs;
    j.zero = p->y_zero;
    j.lo = p->lo;
    j.hi = p->hi;
    j.x_zero = 0;
    for (lapel_index n = p->batches; n > 0; n--) {
        lapel_mve_single(y, runs, &j);
        y += p->outputs;
        runs[0].x += p->inputs;
    }
}
