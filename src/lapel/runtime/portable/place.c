#include "place.h"

void lapel_place(void *y, const LAPEL_ROM lapel_place_params *p)
{
    const LAPEL_ROM uint8_t *x = p->x;
    uint8_t *const base = (uint8_t *)y;
    lapel_index at = p->start;

    for (lapel_index i = 0; i < p->turns; i++) {
        /* No memcpy: on the AVR the table is in another address space. */
        for (lapel_index k = 0; k < p->run; k++) {
            base[at + k] = *x++;
        }
        at = (lapel_index)(at + p->stride);
    }
}
