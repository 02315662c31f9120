/* Streams of decision trees, docs/SPEC.md section 15: a tree is its length, and then its root. A node is its feature, its
 * threshold and how many units the left child has, which follows; behind it is the right one. A first unit with the highest
 * bit set is a leaf, one with all bits set a jump over as many units as follow it in 16 bits. */
#ifndef LAPEL_FORESTSTREAM_H
#define LAPEL_FORESTSTREAM_H

#include "lapel.h"

#define LAPEL_FOREST_CLASSES 16 /* of votes; a leaf's first unit is a class with all votes, or this and its entries */

/* Of bytes: a number of 16 bits. */
LAPEL_INLINE uint16_t lapel_forest_word(const LAPEL_ROM uint8_t *p)
{
    return (uint16_t)(p[0] | (uint16_t)p[1] << 8);
}

/* The leaf that a row falls into, from a node on, in a stream of bytes. */
LAPEL_NOINLINE const LAPEL_ROM uint8_t *lapel_forest_leaf(const LAPEL_ROM uint8_t *p, const int8_t *x)
{
    for (;;) {
        const uint8_t head = p[0];

        if (head < 0x80) {
            p += x[head] <= (int8_t)p[1] ? 3 : 3 + p[2];
        } else if (head == 0xFF) {
            p += 3 + lapel_forest_word(p + 1);
        } else {
            return p;
        }
    }
}

/* The same in a stream of words, of int8 features. */
LAPEL_NOINLINE const LAPEL_ROM uint16_t *lapel_forest_leafwide(const LAPEL_ROM uint16_t *p, const int8_t *x)
{
    for (;;) {
        const uint16_t head = p[0];

        if (head < 0x8000) {
            p += x[head] <= (int16_t)p[1] ? 3 : 3 + (size_t)p[2];
        } else if (head == 0xFFFF) {
            p += 2 + (size_t)p[1];
        } else {
            return p;
        }
    }
}

/* The same of int16 features. */
LAPEL_NOINLINE const LAPEL_ROM uint16_t *lapel_forest_leaf16(const LAPEL_ROM uint16_t *p, const int16_t *x)
{
    for (;;) {
        const uint16_t head = p[0];

        if (head < 0x8000) {
            p += x[head] <= (int16_t)p[1] ? 3 : 3 + (size_t)p[2];
        } else if (head == 0xFFFF) {
            p += 2 + (size_t)p[1];
        } else {
            return p;
        }
    }
}

#endif
