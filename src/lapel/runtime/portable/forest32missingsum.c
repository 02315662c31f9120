#include "forest32missingsum.h"

void lapel_forest32missingsum(int32_t *y, const float *x, const LAPEL_ROM lapel_forest32missingsum_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        const LAPEL_ROM uint16_t *tree = p->trees;

        for (lapel_index o = 0; o < p->outputs; o++) {
            y[o] = p->start[o];
        }
        for (lapel_index t = p->count; t > 0; t--) {
            lapel_forest_sumwords(y, lapel_forest_missing32(tree + 1, x), p->outputs, p->width);
            tree += 1 + (size_t)tree[0];
        }
        y += p->outputs;
        x += p->features;
    }
}
