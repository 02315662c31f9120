/* Decision trees of float32 features, which are compared by their bits; docs/SPEC.md section 15. */
#ifndef LAPEL_FORESTKEYS_H
#define LAPEL_FORESTKEYS_H

#include "foreststream.h"
#include "ieee.h"

/* The bits of a float32 as an integer in the order of floats. */
LAPEL_INLINE int32_t lapel_forest_key(const float *x)
{
    int32_t bits;

    memcpy(&bits, x, sizeof bits);
    return bits ^ (int32_t)((uint32_t)(bits >> 31) >> 1);
}

/* The leaf that a row of float32 features falls into in a stream of words, whose thresholds are keys in two words. */
LAPEL_NOINLINE const LAPEL_ROM uint16_t *lapel_forest_leaf32(const LAPEL_ROM uint16_t *p, const float *x)
{
    for (;;) {
        const uint16_t head = p[0];

        if (head < 0x8000) {
            const int32_t threshold = (int32_t)(p[1] | (uint32_t)p[2] << 16);

            p += lapel_forest_key(x + head) <= threshold ? 4 : 4 + (size_t)p[3];
        } else if (head == 0xFFFF) {
            p += 2 + (size_t)p[1];
        } else {
            return p;
        }
    }
}

/* The same where a node's feature says whether NaN goes left: its keys are then counted from the first NaN on, which are
 * the least so, else from the least number on, with NaN behind the greatest. So are thresholds. */
LAPEL_NOINLINE const LAPEL_ROM uint16_t *lapel_forest_missing32(const LAPEL_ROM uint16_t *p, const float *x)
{
    for (;;) {
        const uint16_t head = p[0];

        if (head < 0x8000) {
            const uint32_t threshold = p[1] | (uint32_t)p[2] << 16;
            const uint32_t first = head & 0x4000 ? 0x7F800001 : 0x807FFFFF;
            const uint32_t order = (uint32_t)lapel_forest_key(x + (head & 0x3FFF)) - first;

            p += order <= threshold ? 4 : 4 + (size_t)p[3];
        } else if (head == 0xFFFF) {
            p += 2 + (size_t)p[1];
        } else {
            return p;
        }
    }
}

#endif
