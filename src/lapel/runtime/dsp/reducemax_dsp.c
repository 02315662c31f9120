#include "reducemax_dsp.h"

/* Four neighbouring outputs: the greatest of the four bytes that lie at each element of the first one. */
LAPEL_NOINLINE uint32_t lapel_reducemax_dsp_four(const int8_t *x, const LAPEL_ROM lapel_reducemax_dsp_params *p)
{
    const uint32_t flip = lapel_repeat4(p->flip);
    uint32_t most = lapel_repeat4(-128);

    for (lapel_index i = p->taken[0]; i > 0; i--) {
        const int8_t *plane = x;

        for (lapel_index j = p->taken[1]; j > 0; j--) {
            const int8_t *at = plane;

            for (lapel_index k = p->taken[2]; k > 0; k--) {
                most = lapel_max4(most, lapel_read4(at) ^ flip);
                at += p->taken_strides[2];
            }
            plane += p->taken_strides[1];
        }
        x += p->taken_strides[0];
    }
    return most ^ flip;
}

void lapel_reducemax_dsp(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_reducemax_dsp_params *p)
{
    const lapel_index count = p->kept[2];

    for (lapel_index i = p->kept[0]; i > 0; i--) {
        const int8_t *row = x;

        for (lapel_index j = p->kept[1]; j > 0; j--) {
            for (lapel_index k = 0; k < count; k += 4) {
                k = k > count - 4 ? count - 4 : k; /* the last ones may be computed twice */
                lapel_write4(y + k, lapel_reducemax_dsp_four(row + k, p));
            }
            y += count;
            row += p->kept_strides[1];
        }
        x += p->kept_strides[0];
    }
}
