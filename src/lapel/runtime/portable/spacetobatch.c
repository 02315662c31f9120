#include "spacetobatch.h"

/* One row of y: every `columns`-th pixel of `row` from column v on, all of them padded if there is no row. */
static uint8_t *lapel_spacetobatch_row(uint8_t *y, const uint8_t *row, lapel_index v,
                                       const LAPEL_ROM lapel_spacetobatch_params *p)
{
    const size_t run = (size_t)p->run;
    lapel_index column = (lapel_index)(v - p->left);

    for (lapel_index j = 0; j < p->y_width; j++) {
        if (row != NULL && column >= 0 && column < p->width) {
            memcpy(y, row + (size_t)column * run, run);
        } else {
            memset(y, p->value, run);
        }
        y += run;
        column = (lapel_index)(column + p->columns);
    }
    return y;
}

void lapel_spacetobatch(void *y, const void *x, const LAPEL_ROM lapel_spacetobatch_params *p)
{
    const size_t line = (size_t)p->width * (size_t)p->run;
    uint8_t *to = (uint8_t *)y;

    for (lapel_index u = 0; u < p->rows; u++) {
        for (lapel_index v = 0; v < p->columns; v++) {
            const uint8_t *image = (const uint8_t *)x;

            for (lapel_index n = 0; n < p->batches; n++) {
                lapel_index row = (lapel_index)(u - p->top);

                for (lapel_index i = 0; i < p->y_height; i++) {
                    const int inside = row >= 0 && row < p->height;

                    to = lapel_spacetobatch_row(to, inside ? image + (size_t)row * line : NULL, v, p);
                    row = (lapel_index)(row + p->rows);
                }
                image += (size_t)p->height * line;
            }
        }
    }
}
