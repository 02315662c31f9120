#include "copyrom.h"

void lapel_copyrom(void *y, const LAPEL_ROM lapel_copyrom_params *p)
{
    uint8_t *to = (uint8_t *)y;

    for (lapel_index i = 0; i < p->bytes; i++) {
        to[i] = p->data[i]; /* not memcpy: the source may be in another address space */
    }
}
