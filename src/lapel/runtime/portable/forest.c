#include "forest.h"

void lapel_forest(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_forest_params *p)
{
    const uint8_t whole = p->whole;

    for (lapel_index row = p->rows; row > 0; row--) {
        const LAPEL_ROM uint8_t *tree = p->trees;

        for (lapel_index o = 0; o < p->outputs; o++) {
            y[o] = p->start;
        }
        for (lapel_index t = p->count; t > 0; t--) {
            lapel_forest_vote((uint8_t *)y, lapel_forest_leaf(tree + 2, x), whole);
            tree += 2 + lapel_forest_word(tree);
        }
        y += p->outputs;
        x += p->features;
    }
}
