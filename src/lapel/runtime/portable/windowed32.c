#include "windowed32.h"

/* From the end on: where y starts at x, its elements lie above those of x that are still to be read. */
void lapel_windowed32(int32_t *y, const int16_t *x, const LAPEL_ROM lapel_windowed32_params *p)
{
    const size_t count = (size_t)p->rows * (size_t)p->length;

    x += count;
    y += count;
    for (lapel_index row = p->rows; row > 0; row--) {
        for (lapel_index i = p->length; i > 0; i--) {
            const int32_t product = ((int32_t)*--x * p->window[i - 1]) >> p->shift;

            memcpy(--y, &product, sizeof product);
        }
    }
}
