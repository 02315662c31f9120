#include "conv_coded32_gaps.h"

/* A lapel_convsparse_fn. */
static void lapel_conv_coded32_gaps_list(void *decoder, lapel_convsparse_list *l,
                                         const LAPEL_ROM lapel_convsparse_shape *p)
{
    lapel_gaps32 *const d = (lapel_gaps32 *)decoder;
    const lapel_index count = (lapel_index)(p->kernel_h * p->run);
    uint32_t word = lapel_bits32_read(&d->bits);

    while (lapel_gaps32_seek(d, &word, count)) {
        const lapel_index place = d->place;

        lapel_convsparse_put(l, place, (int8_t)lapel_gaps32_take(d, &word), p);
    }
    d->place -= count;
}

void lapel_conv_coded32_gaps(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_conv_coded32_gaps_params *p)
{
    lapel_gaps32 rows = lapel_gaps32_from(&p->code);
    const lapel_convsparse_decoder d = {lapel_conv_coded32_gaps_list, &rows};

    lapel_convsparse_images(y, x, &p->layer, &d);
}
