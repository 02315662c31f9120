/* What the float32 kernels share: every sum, product and quotient is rounded once, to float32, in the order that is
 * written (docs/SPEC.md section 8). Products and sums are not fused into one rounding, in GNU dialects neither. */
#ifndef LAPEL_FLOATS_H
#define LAPEL_FLOATS_H

#include "ieee.h"

/* GCC's GNU dialects, and Clang, fuse a product and a sum where the core can. GCC does not know the pragma of C99. Clang
 * ignores it under -ffp-contract=fast, which is then the user's own doing: nothing tells that it is given. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

/* The lower limit first; a NaN stays one, and a zero keeps its sign. */
LAPEL_INLINE float lapel_limitf32_value(float v, float lo, float hi)
{
    v = v < lo ? lo : v;
    return lapel_float_alone(v > hi ? hi : v);
}

#ifdef __AVR__
/* Mantissa with its leading bit in 2^23..2^24 of a number that is neither 0, infinite nor NaN; *e: biased exponent. */
LAPEL_INLINE uint32_t lapel_float_mantissa(float v, int16_t *e)
{
    uint32_t bits, m;

    memcpy(&bits, &v, sizeof bits);
    *e = (int16_t)(bits >> 23 & 0xFF);
    m = bits & 0x7FFFFFu;
    if (*e > 0) {
        return m | 0x800000u;
    }
    for (*e = 1; m < 0x800000u; (*e)--) {
        m <<= 1;
    }
    return m;
}

/* a / b below the normal numbers, in units of 2^-149, without its sign, rounded to the nearest, ties to even. */
LAPEL_NOINLINE uint32_t lapel_float_small(float a, float b)
{
    int16_t a_exponent, b_exponent, shift;
    uint32_t rest = lapel_float_mantissa(a, &a_exponent), n = 0;
    const uint32_t by = lapel_float_mantissa(b, &b_exponent);

    shift = (int16_t)(a_exponent - b_exponent + 149);
    if (shift < 0) {
        return shift == -1 && rest > by ? 1 : 0;
    }
    for (; shift >= 0; shift--) {
        n <<= 1;
        if (rest >= by) {
            rest -= by;
            n |= 1;
        }
        rest <<= 1;
    }
    return n + (rest > by || (rest == by && (n & 1) != 0) ? 1u : 0u);
}

/* a / b. The AVR's library rounds quotients below the normal numbers wrongly, one in some hundred. */
LAPEL_NOINLINE float lapel_float_quotient(float a, float b)
{
    float q = a / b;
    uint32_t bits, small;

    memcpy(&bits, &b, sizeof bits);
    if (!(q < 1.17549435e-38f && q > -1.17549435e-38f) || a == 0.0f || (bits & 0x7F800000u) == 0x7F800000u) {
        return q;
    }
    small = lapel_float_small(a, b);
    memcpy(&bits, &q, sizeof bits);
    bits = (bits & 0x80000000u) | small;
    memcpy(&q, &bits, sizeof q);
    return q;
}
#else
LAPEL_INLINE float lapel_float_quotient(float a, float b)
{
    return a / b;
}
#endif

#endif
