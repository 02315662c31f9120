#include "energy16_dsp.h"

LAPEL_FORCE_INLINE uint32_t *lapel_energy16_dsp_zeros(uint32_t *y, lapel_index count)
{
    for (; count > 0; count--) {
        lapel_write4(y++, 0);
    }
    return y;
}

void lapel_energy16_dsp(uint32_t *y, const int16_t *x, const LAPEL_ROM lapel_energy16_dsp_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        const uint32_t *const end = y + p->bins;
        lapel_index count = p->end - p->start;

        y = lapel_energy16_dsp_zeros(y, p->start);
        x += 2 * p->start;
        for (; (count & 3) != 0; count--) {
            const uint32_t bin = lapel_read4(x);

            lapel_write4(y++, (uint32_t)lapel_smlad(bin, bin, 0));
            x += 2;
        }
        for (; count > 0; count -= 4) {
            const uint32_t a = lapel_read4(x), b = lapel_read4(x + 2), c = lapel_read4(x + 4), d = lapel_read4(x + 6);

            lapel_write4(y, (uint32_t)lapel_smlad(a, a, 0));
            lapel_write4(y + 1, (uint32_t)lapel_smlad(b, b, 0));
            lapel_write4(y + 2, (uint32_t)lapel_smlad(c, c, 0));
            lapel_write4(y + 3, (uint32_t)lapel_smlad(d, d, 0));
            x += 8;
            y += 4;
        }
        x += 2 * (p->bins - p->end);
        y = lapel_energy16_dsp_zeros(y, (lapel_index)(end - y));
    }
}
