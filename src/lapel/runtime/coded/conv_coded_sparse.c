#include "conv_coded_sparse.h"

/* A lapel_convsparse_fn. */
static void lapel_conv_coded_sparse_list(void *decoder, lapel_convsparse_list *l,
                                         const LAPEL_ROM lapel_convsparse_shape *p)
{
    lapel_sparse *const d = (lapel_sparse *)decoder;
    const lapel_index count = (lapel_index)(p->kernel_h * p->run);
    const LAPEL_ROM uint8_t *at = d->at;
    lapel_index place = d->place;

    while (place < count && at != d->end) {
        const int8_t w = (int8_t)at[0];

        if (w != 0) { /* else it only makes a gap longer, and the list has no room for it */
            lapel_convsparse_put(l, place, w, p);
        }
        place = (lapel_index)(place + 1 + at[1]);
        at += 2;
    }
    lapel_sparse_pass(d, at, place, count);
}

void lapel_conv_coded_sparse(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_coded_sparse_params *p)
{
    lapel_sparse rows = lapel_sparse_from(&p->code);
    const lapel_convsparse_decoder d = {lapel_conv_coded_sparse_list, &rows};

    lapel_convsparse_images(y, x, &p->layer, &d);
}
