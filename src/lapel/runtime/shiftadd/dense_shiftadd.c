#include "dense_shiftadd.h"

void lapel_dense_shiftadd(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_shiftadd_params *p)
{
    for (lapel_index n = p->batches; n > 0; n--) {
        lapel_shiftadd_row(y, x, &p->layer);
        y += p->layer.outputs;
        x += p->layer.inputs;
    }
}
