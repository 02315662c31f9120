/* Reciprocal square roots of integers (SPEC 5). */
#ifndef LAPEL_ROOT_H
#define LAPEL_ROOT_H

#include "lapel.h"

/* x * 2^left, saturated. left: 3 or 6. */
LAPEL_NOINLINE int32_t lapel_root_left(int32_t x, int_fast8_t left)
{
    if (x > INT32_MAX >> left) {
        return INT32_MAX;
    }
    return x < INT32_MIN >> left ? INT32_MIN : (int32_t)((uint32_t)x << left);
}

/* 1 / sqrt(sum) is *mul * 2^(result - 31). sum >= 0, 0 as if it were 1. With five Newton steps from 1, 2^28 being 1.0. */
LAPEL_NOINLINE int_fast8_t lapel_inverse_root(int32_t sum, int32_t *mul)
{
    int_fast8_t right = 11;
    int32_t half, x = (int32_t)1 << 28;

    if (sum <= 1) {
        *mul = INT32_MAX;
        return 0;
    }
    if (sum >= (int32_t)1 << 29) {
        sum /= 4;
        right++;
    }
    for (; sum < (int32_t)1 << 27; right--) {
        sum *= 4;
    }
    half = lapel_rounding_shift(sum >> 1, 1);
    for (int_fast8_t step = 0; step < 5; step++) {
        const int32_t cube = lapel_root_left(lapel_high_mul(lapel_high_mul(x, x), x), 6);

        x = lapel_root_left(lapel_high_mul((int32_t)3 << 27, x) - lapel_high_mul(half, cube), 3);
    }
    x = lapel_high_mul(x, 1518500250); /* sqrt(1/2) */
    *mul = right < 0 ? (int32_t)((uint32_t)x << -right) : x;
    return right < 0 ? 0 : (int_fast8_t)-right;
}

#endif
