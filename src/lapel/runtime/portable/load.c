#include "load.h"

void lapel_load(void *y, const LAPEL_ROM lapel_load_params *p)
{
    uint8_t *to = (uint8_t *)y;

    for (lapel_index i = 0; i < p->bytes; i++) {
        to[i] = p->data[i]; /* not memcpy: the source may be in another address space */
    }
}
