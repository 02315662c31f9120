/* Square roots of unsigned integers by division (SPEC 10). */
#ifndef LAPEL_ROUNDEDROOT_H
#define LAPEL_ROUNDEDROOT_H

#include "highbit.h"

/* floor(sqrt(x)) of x >= 2^30. A line that is 3 % off at most and two of Heron's steps, each of which squares the error
 * and is never below: then it is the root or one more. */
LAPEL_INLINE uint32_t lapel_root_32(uint32_t x)
{
    uint32_t root = 22488u + ((x >> 16) * 44976u >> 16);

    root = (root + x / root) >> 1;
    root = (root + x / root) >> 1;
    return root - (root * root - 1u >= x ? 1u : 0u); /* of 65536 the square is 0 */
}

/* floor(sqrt(high * 2^32 + low)) of high >= 2^30: the root of the upper half, and a quotient as its lower digit, which is
 * one too much at most. */
LAPEL_INLINE uint32_t lapel_root_64(uint32_t high, uint32_t low)
{
    const uint32_t upper = lapel_root_32(high);
    const uint32_t digit = ((high - upper * upper) << 15 | low >> 17) / upper;
    const uint32_t root = upper << 16 | (digit > 65535u ? 65535u : digit);

    return root - ((uint64_t)root * root > ((uint64_t)high << 32 | low) ? 1u : 0u);
}

/* round(sqrt(x)), at most 65535. */
LAPEL_INLINE uint32_t lapel_rounded_root_32(uint32_t x)
{
    int_fast8_t left;
    uint32_t root;

    if (x == 0) {
        return 0;
    }
    left = (int_fast8_t)(lapel_leading_zeros(x) & 30);
    root = lapel_root_32(x << left);
    if (left == 0) {
        return root + (x - root * root > root && root < 65535u ? 1u : 0u);
    }
    return ((root >> (left / 2 - 1)) + 1u) >> 1;
}

/* round(sqrt(high * 2^32 + low)) of high > 0, at most 2^32 - 1. */
LAPEL_INLINE uint32_t lapel_rounded_root_64(uint32_t high, uint32_t low)
{
    const int_fast8_t left = (int_fast8_t)(lapel_leading_zeros(high) & 30);
    uint32_t root;

    if (left == 0) {
        root = lapel_root_64(high, low);
        return root + (((uint64_t)high << 32 | low) - (uint64_t)root * root > root && root < UINT32_MAX ? 1u : 0u);
    }
    root = lapel_root_64(high << left | low >> (32 - left), low << left) >> (left / 2 - 1);
    return (root >> 1) + (root & 1u);
}

#endif
