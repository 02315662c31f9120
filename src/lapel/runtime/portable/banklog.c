#include "banklogcell.h"

void lapel_banklog(int16_t *y, const uint32_t *x, const LAPEL_ROM lapel_banklog_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_banklog_cell(*x++, p);
    }
}
