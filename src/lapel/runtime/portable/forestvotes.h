/* Votes of a leaf for classes, modulo 256: y begins with a number of which no sum of votes leaves int8. */
#ifndef LAPEL_FORESTVOTES_H
#define LAPEL_FORESTVOTES_H

#include "foreststream.h"

/* Votes of a leaf in a stream of bytes: a class in 4 bits, and its votes in 4. whole: of a leaf of one class. */
LAPEL_NOINLINE void lapel_forest_vote(uint8_t *y, const LAPEL_ROM uint8_t *leaf, uint8_t whole)
{
    uint8_t n = (uint8_t)(leaf[0] & 0x7F);

    if (n < LAPEL_FOREST_CLASSES) {
        y[n] = (uint8_t)(y[n] + whole);
        return;
    }
    for (; n > LAPEL_FOREST_CLASSES; n--) {
        const uint8_t entry = *++leaf, k = entry >> 4;

        y[k] = (uint8_t)(y[k] + (entry & 15));
    }
}

/* The same of a leaf in a stream of words: a class in 8 bits, and its votes in 8. */
LAPEL_NOINLINE void lapel_forest_votewords(uint8_t *y, const LAPEL_ROM uint16_t *leaf, uint8_t whole)
{
    uint16_t n = (uint16_t)(leaf[0] & 0x7FFF);

    if (n < LAPEL_FOREST_CLASSES) {
        y[n] = (uint8_t)(y[n] + whole);
        return;
    }
    for (; n > LAPEL_FOREST_CLASSES; n--) {
        const uint16_t entry = *++leaf;

        y[entry >> 8] = (uint8_t)(y[entry >> 8] + (entry & 0xFF));
    }
}

#endif
