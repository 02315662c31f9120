#include "forest32missing.h"

void lapel_forest32missing(int8_t *y, const float *x, const LAPEL_ROM lapel_forest32missing_params *p)
{
    const uint8_t whole = p->whole;

    for (lapel_index row = p->rows; row > 0; row--) {
        const LAPEL_ROM uint16_t *tree = p->trees;

        for (lapel_index o = 0; o < p->outputs; o++) {
            y[o] = p->start;
        }
        for (lapel_index t = p->count; t > 0; t--) {
            lapel_forest_votewords((uint8_t *)y, lapel_forest_missing32(tree + 1, x), whole);
            tree += 1 + (size_t)tree[0];
        }
        y += p->outputs;
        x += p->features;
    }
}
