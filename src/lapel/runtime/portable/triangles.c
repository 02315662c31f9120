#include "trianglesrow.h"

void lapel_triangles(uint64_t *y, const uint32_t *x, const LAPEL_ROM lapel_triangles_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        lapel_triangles_row(y, x, p);
        y += p->channels;
        x += p->bins;
    }
}
