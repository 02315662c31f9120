#include "windowed16_dsp_mirrored.h"

/* Two products, shifted to the right and saturated. */
LAPEL_INLINE uint32_t lapel_windowed16_dsp_mirrored_pack(int32_t low, int32_t high, int32_t shift)
{
    return lapel_pkhbt((uint32_t)lapel_ssat16(low >> shift), (uint32_t)lapel_ssat16(high >> shift));
}

void lapel_windowed16_dsp_mirrored(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_windowed16_dsp_mirrored_params *p)
{
    const int32_t shift = p->shift;

    for (lapel_index row = p->rows; row > 0; row--) {
        const LAPEL_ROM int16_t *window = p->window, *const end = window + p->length / 2;
        const int16_t *back = x + p->length;
        int16_t *to = y + p->length;
        const int16_t odd = x[p->odd];

        for (; window != end; window += 2) {
            const uint32_t w = lapel_read4(window), a = lapel_read4(x), b = lapel_read4(back -= 2);

            lapel_write4(y, lapel_windowed16_dsp_mirrored_pack(lapel_smlabb(a, w, 0), lapel_smlatt(a, w, 0), shift));
            lapel_write4(to -= 2, lapel_windowed16_dsp_mirrored_pack(lapel_smlabt(b, w, 0), lapel_smlatb(b, w, 0), shift));
            x += 2;
            y += 2;
        }
        y[p->odd - p->length / 2] = lapel_mirrored16_odd(odd, p);
        x += p->length / 2;
        y += p->length / 2;
    }
}
