/* From a node, or a leaf, of a stream on: what is left of a tree whose first nodes are code. */
#ifndef LAPEL_FORESTFALL_H
#define LAPEL_FORESTFALL_H

#include "forestvotes.h"
#include "inorder.h"

/* Cores whose flash LPM reads into any register, and steps Z: there the code of trees is assembly. */
#ifdef __AVR_HAVE_LPMX__
#define LAPEL_FOREST_AVR
#endif

/* Votes of the leaf that a row falls into, from a node on. */
LAPEL_SHARED void lapel_forest_fall(uint8_t *y, const int8_t *x, const LAPEL_ROM uint8_t *at, uint8_t whole)
{
    lapel_forest_vote(y, lapel_forest_leaf(at, x), whole);
}

/* Votes of a leaf by its number: a class, or one of the others, whose places stand before them. */
LAPEL_SHARED void lapel_forest_tally(uint8_t *y, uint16_t leaf, const LAPEL_ROM uint8_t *lower, uint8_t whole)
{
    if (leaf < LAPEL_FOREST_CLASSES) {
        y[leaf] = (uint8_t)(y[leaf] + whole);
    } else {
        lapel_forest_vote(y, lower + lapel_forest_word(lower + 2 * (size_t)(leaf - LAPEL_FOREST_CLASSES)), whole);
    }
}

/* The same in a stream of words. */
LAPEL_SHARED void lapel_forest_tallywords(uint8_t *y, uint16_t leaf, const LAPEL_ROM uint16_t *lower, uint8_t whole)
{
    if (leaf < LAPEL_FOREST_CLASSES) {
        y[leaf] = (uint8_t)(y[leaf] + whole);
    } else {
        lapel_forest_votewords(y, lower + lower[leaf - LAPEL_FOREST_CLASSES], whole);
    }
}

#endif
