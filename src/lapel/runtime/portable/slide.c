#include "slide.h"

/* In pieces no longer than the distance, so that none overlaps its copy; from the end where no bytes of x still wait. */
void lapel_slide(void *y, const void *x, const LAPEL_ROM lapel_slide_params *p)
{
    uint8_t *to = (uint8_t *)y;
    const uint8_t *from = (const uint8_t *)x;
    const lapel_index distance = (lapel_index)(to > from ? to - from : from - to);
    lapel_index piece = distance < p->bytes ? distance : p->bytes;

    if (distance == 0) {
        return;
    }
    for (lapel_index left = p->bytes; left > 0; left = (lapel_index)(left - piece)) {
        piece = piece < left ? piece : left;
        if (to > from) {
            memcpy(to + left - piece, from + left - piece, (size_t)piece);
        } else {
            memcpy(to + p->bytes - left, from + p->bytes - left, (size_t)piece);
        }
    }
}
