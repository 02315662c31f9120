#include "limit_dsp.h"

void lapel_limit_dsp(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_limit_dsp_params *p)
{
    const uint32_t lo = lapel_repeat4(p->lo), hi = lapel_repeat4(p->hi);

    for (const int8_t *const end = y + (p->count & ~3); y != end; y += 4) {
        lapel_write4(y, lapel_min4(lapel_max4(lapel_read4(x), lo), hi));
        x += 4;
    }
    for (lapel_index n = p->count & 3; n > 0; n--) {
        *y++ = lapel_clamp(*x++, p->lo, p->hi);
    }
}
