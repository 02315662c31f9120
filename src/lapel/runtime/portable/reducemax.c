#include "reducemax.h"

static int8_t lapel_reducemax_cell(const int8_t *x, const LAPEL_ROM lapel_reducemax_params *p)
{
    const int8_t flip = p->flip;
    int8_t most = -128;

    for (lapel_index i = p->taken[0]; i > 0; i--) {
        const int8_t *plane = x;

        for (lapel_index j = p->taken[1]; j > 0; j--) {
            const int8_t *at = plane;

            for (lapel_index k = p->taken[2]; k > 0; k--) {
                const int8_t v = (int8_t)(*at ^ flip);

                most = v > most ? v : most;
                at += p->taken_strides[2];
            }
            plane += p->taken_strides[1];
        }
        x += p->taken_strides[0];
    }
    return (int8_t)(most ^ flip);
}

void lapel_reducemax(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_reducemax_params *p)
{
    for (lapel_index i = p->kept[0]; i > 0; i--) {
        const int8_t *plane = x;

        for (lapel_index j = p->kept[1]; j > 0; j--) {
            const int8_t *at = plane;

            for (lapel_index k = p->kept[2]; k > 0; k--) {
                *y++ = lapel_reducemax_cell(at, p);
                at += p->kept_strides[2];
            }
            plane += p->kept_strides[1];
        }
        x += p->kept_strides[0];
    }
}
