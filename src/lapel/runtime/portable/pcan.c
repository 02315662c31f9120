#include "pcancell.h"

void lapel_pcan(uint32_t *y, const uint32_t *x, const uint32_t *noise, const LAPEL_ROM lapel_pcan_params *p)
{
    for (lapel_index n = p->count; n > 0; n--) {
        *y++ = lapel_pcan_cell(*x++, *noise++, p);
    }
}
