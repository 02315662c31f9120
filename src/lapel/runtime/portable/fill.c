#include "fill.h"

static void lapel_fill_run(uint8_t *y, const LAPEL_ROM lapel_fill_params *p)
{
    if (p->item == 1) {
        memset(y, p->value[0], (size_t)p->run);
        return;
    }
    for (lapel_index i = 0; i < p->run; i = (lapel_index)(i + p->item)) {
        for (uint8_t k = 0; k < p->item; k++) {
            y[i + k] = p->value[k];
        }
    }
}

void lapel_fill(void *y, const LAPEL_ROM lapel_fill_params *p)
{
    uint8_t *const base = (uint8_t *)y;
    lapel_index y0 = p->start;

    for (lapel_index i = 0; i < p->dims[0]; i++) {
        lapel_index y1 = y0;

        for (lapel_index j = 0; j < p->dims[1]; j++) {
            lapel_index y2 = y1;

            for (lapel_index k = 0; k < p->dims[2]; k++) {
                lapel_index y3 = y2;

                for (lapel_index m = 0; m < p->dims[3]; m++) {
                    lapel_fill_run(base + y3, p);
                    y3 = (lapel_index)(y3 + p->strides[3]);
                }
                y2 = (lapel_index)(y2 + p->strides[2]);
            }
            y1 = (lapel_index)(y1 + p->strides[1]);
        }
        y0 = (lapel_index)(y0 + p->strides[0]);
    }
}
