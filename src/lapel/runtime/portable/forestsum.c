#include "forestsum.h"

void lapel_forestsum(int32_t *y, const int8_t *x, const LAPEL_ROM lapel_forestsum_params *p)
{
    for (lapel_index row = p->rows; row > 0; row--) {
        const LAPEL_ROM uint8_t *tree = p->trees;

        for (lapel_index o = 0; o < p->outputs; o++) {
            y[o] = p->start[o];
        }
        for (lapel_index t = p->count; t > 0; t--) {
            lapel_forest_sum(y, lapel_forest_leaf(tree + 2, x), p->outputs, p->width);
            tree += 2 + lapel_forest_word(tree);
        }
        y += p->outputs;
        x += p->features;
    }
}
