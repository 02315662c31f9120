#include "conv_shiftadd.h"

void lapel_conv_shiftadd(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_shiftadd_params *p)
{
    const LAPEL_ROM lapel_windowrows_shape *s = &p->window;
    lapel_index at = s->first;

    for (lapel_index n = s->batches; n > 0; n--) {
        lapel_index top = s->top;

        for (lapel_index i = s->out_h; i > 0; i--) {
            lapel_index left = s->left;

            for (lapel_index j = s->out_w; j > 0; j--) {
                if (s->scratch != 0) {
                    lapel_windowrows_gather(x, at, top, left, s);
                }
                lapel_shiftadd_row(y, s->scratch != 0 ? s->scratch : x + at, &p->layer);
                y += p->layer.outputs;
                at = (lapel_index)(at + s->next);
                left = (lapel_index)(left + s->next);
            }
            at = (lapel_index)(at + s->down);
            top = (lapel_index)(top + s->stride_h);
        }
        at = (lapel_index)(at + s->image);
    }
}
