#include "conv_coded_gaps.h"

/* A lapel_convsparse_fn. */
static void lapel_conv_coded_gaps_list(void *decoder, lapel_convsparse_list *l,
                                       const LAPEL_ROM lapel_convsparse_shape *p)
{
    lapel_gaps *const d = (lapel_gaps *)decoder;
    const lapel_index count = (lapel_index)(p->kernel_h * p->run);

    while (lapel_gaps_seek(d, count)) {
        const lapel_index place = d->place;

        lapel_convsparse_put(l, place, lapel_gaps_take(d), p);
    }
    d->place = (lapel_index)(d->place - count);
}

void lapel_conv_coded_gaps(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_coded_gaps_params *p)
{
    lapel_gaps rows = lapel_gaps_from(&p->code);
    const lapel_convsparse_decoder d = {lapel_conv_coded_gaps_list, &rows};

    lapel_convsparse_images(y, x, &p->layer, &d);
}
