#include "dense_avr_rows.h"

void lapel_dense_avr_rows(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_dense_avr_rows_params *p)
{
    for (lapel_index n = p->batches; n > 0; n--) {
        lapel_avrrow(y, x, &p->layer);
        y += p->layer.outputs;
        x += p->layer.inputs;
    }
}
