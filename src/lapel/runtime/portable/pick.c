#include "pick.h"

void lapel_pick(void *y, const void *x, const LAPEL_ROM lapel_pick_params *p)
{
    const size_t run = (size_t)p->run;
    const size_t x_row = (size_t)p->x_width * run;
    const uint8_t *from = (const uint8_t *)x;
    uint8_t *to = (uint8_t *)y;

    for (lapel_index n = 0; n < p->batches; n++) {
        for (lapel_index i = 0; i < p->y_height; i++) {
            const uint8_t *row = from + p->rows[i] * x_row;

            for (lapel_index j = 0; j < p->y_width; j++) {
                memcpy(to, row + p->columns[j] * run, run);
                to += run;
            }
        }
        from += (size_t)p->x_height * x_row;
    }
}
