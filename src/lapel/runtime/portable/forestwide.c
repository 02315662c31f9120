#include "forestwide.h"

void lapel_forestwide(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_forestwide_params *p)
{
    const uint8_t whole = p->whole;

    for (lapel_index row = p->rows; row > 0; row--) {
        const LAPEL_ROM uint16_t *tree = p->trees;

        for (lapel_index o = 0; o < p->outputs; o++) {
            y[o] = p->start;
        }
        for (lapel_index t = p->count; t > 0; t--) {
            lapel_forest_votewords((uint8_t *)y, lapel_forest_leafwide(tree + 1, x), whole);
            tree += 1 + (size_t)tree[0];
        }
        y += p->outputs;
        x += p->features;
    }
}
