/* Natural logarithms and square roots of integers below 2^64 (SPEC 11). */
#ifndef LAPEL_LOGARITHM_H
#define LAPEL_LOGARITHM_H

#include "lapel.h"

#define LAPEL_LOGARITHM_LN2 744261118   /* ln 2, in units of 2^-30 */
#define LAPEL_LOGARITHM_THIRD 357913941 /* 1 / 3 */

/* The square root of x >= 2^30, rounded down, by two steps from a guess, each with the guess's reciprocal; *rest: what
 * its square leaves of x. */
LAPEL_INLINE uint32_t lapel_root_high(uint32_t x, uint32_t *rest, const LAPEL_ROM uint8_t *seeds)
{
    const int32_t inverse = 256 + seeds[(x >> 25) - 32];
    uint32_t root = ((x >> 16) * (uint32_t)inverse) >> 8;
    int32_t left;

    root = root > UINT16_MAX ? UINT16_MAX : root;
    left = (int32_t)(x - root * root);
    root += (uint32_t)(((left >> 9) * inverse) >> 16);
    left = (int32_t)(x - root * root); /* modulo 2^32 it is right for a root of 2^16, too */
    root += (uint32_t)((left * inverse) >> 25);
    left = (int32_t)(x - root * root);
    if (left < 0) {
        root--;
        left += (int32_t)(2 * root + 1);
    } else if ((uint32_t)left > 2 * root) {
        left -= (int32_t)(2 * root + 1);
        root++;
    }
    *rest = (uint32_t)left;
    return root;
}

/* The square root of x to nearest, x < 2^64 - 2^32: of its high half first, the rest by one division. seeds: [96], of a
 * number of 32..127 in units of 2^-7 the reciprocal root, less 1, in units of 2^-8. */
LAPEL_NOINLINE uint32_t lapel_root(uint64_t x, const LAPEL_ROM uint8_t *seeds)
{
    const int_fast8_t left = x > 0 ? (int_fast8_t)(__builtin_clzll(x) & ~1) : 0;
    const uint64_t n = x << left;
    uint32_t high, root, low, kept;
    uint64_t rest;

    if (x == 0) {
        return 0;
    }
    high = lapel_root_high((uint32_t)(n >> 32), &kept, seeds);
    low = (kept << 15 | (uint32_t)n >> 17) / high;
    root = high << 16 | (low > UINT16_MAX ? UINT16_MAX : low);
    root -= (uint64_t)root * root > n ? 1u : 0u;
    root >>= left / 2;
    rest = x - (uint64_t)root * root;
    return root + (rest > root ? 1u : 0u);
}

/* ln(x) in units of 2^-30; 0 is taken for 1. parts: [32][2], of each part of 1..2 a constant c near the reciprocal of
 * its middle, in units of 2^-31, and ln(1 / c) in units of 2^-30. */
LAPEL_NOINLINE int64_t lapel_logarithm(uint64_t x, const LAPEL_ROM int32_t *parts)
{
    const int_fast8_t left = x > 0 ? (int_fast8_t)__builtin_clzll(x) : 63;
    const uint32_t top = x > 0 ? (uint32_t)(x << left >> 32) : (uint32_t)1 << 31;
    const LAPEL_ROM int32_t *part = parts + 2 * (top >> 26 & 31);
    const uint32_t near = (uint32_t)((uint64_t)top * (uint32_t)part[0] >> 32);
    const int32_t r = (int32_t)(near - ((uint32_t)1 << 30));
    const int32_t square = (int32_t)((int64_t)r * r >> 30);
    const int32_t cube = (int32_t)((int64_t)square * r >> 30);
    const int32_t series = r - (square >> 1) + (int32_t)((int64_t)cube * LAPEL_LOGARITHM_THIRD >> 30);

    return (int64_t)(63 - left) * LAPEL_LOGARITHM_LN2 + (part[1] + series);
}

#endif
