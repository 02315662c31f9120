#include "move.h"

/* The two innermost loops. Offsets are integers because the one after the last may lie outside its tensor. */
static void lapel_move_plane(uint8_t *y, const uint8_t *x, lapel_index y_at, lapel_index x_at,
                             const LAPEL_ROM lapel_move_params *p)
{
    const lapel_index run = p->run;

    for (lapel_index i = 0; i < p->dims[3]; i++) {
        lapel_index from = x_at, to = y_at;

        for (lapel_index j = 0; j < p->dims[4]; j++) {
            if (run >= 8) {
                memcpy(y + to, x + from, (size_t)run);
            } else {
                for (lapel_index k = 0; k < run; k++) {
                    y[to + k] = x[from + k];
                }
            }
            from = (lapel_index)(from + p->x_strides[4]);
            to = (lapel_index)(to + p->y_strides[4]);
        }
        x_at = (lapel_index)(x_at + p->x_strides[3]);
        y_at = (lapel_index)(y_at + p->y_strides[3]);
    }
}

void lapel_move(void *y, const void *x, const LAPEL_ROM lapel_move_params *p)
{
    lapel_index x0 = p->x_start, y0 = p->y_start;

    for (lapel_index i = 0; i < p->dims[0]; i++) {
        lapel_index x1 = x0, y1 = y0;

        for (lapel_index j = 0; j < p->dims[1]; j++) {
            lapel_index x2 = x1, y2 = y1;

            for (lapel_index k = 0; k < p->dims[2]; k++) {
                lapel_move_plane((uint8_t *)y, (const uint8_t *)x, y2, x2, p);
                x2 = (lapel_index)(x2 + p->x_strides[2]);
                y2 = (lapel_index)(y2 + p->y_strides[2]);
            }
            x1 = (lapel_index)(x1 + p->x_strides[1]);
            y1 = (lapel_index)(y1 + p->y_strides[1]);
        }
        x0 = (lapel_index)(x0 + p->x_strides[0]);
        y0 = (lapel_index)(y0 + p->y_strides[0]);
    }
}
