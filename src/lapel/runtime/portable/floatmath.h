/* Functions of float32 whose bits are the same on every core: polynomials in a defined order of operations, instead of a C
 * library's. docs/SPEC.md section 8 has their errors. */
#ifndef LAPEL_FLOATMATH_H
#define LAPEL_FLOATMATH_H

#include "floats.h"

/* 2^e, e in -126..127. */
LAPEL_INLINE float lapel_power_of_two(int16_t e)
{
    const uint32_t bits = (uint32_t)(e + 127) << 23;
    float v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

/* e^x: 2^n · e^r with |r| <= ln(2) / 2, ln(2) in two parts; the power in two factors, so that it rounds once at most. */
LAPEL_NOINLINE float lapel_float_exp(float x)
{
    float n, r, q;
    int16_t half;

    if (!(x > -104.0f)) {
        return x <= -104.0f ? 0.0f : x;
    }
    if (x > 89.0f) {
        return __builtin_inff();
    }
    n = lapel_float_alone(x) * 1.44269502f + 12582912.0f; /* 1.5 · 2^23: rounds to a whole number */
    n -= 12582912.0f;
    r = x - n * 0.693359375f;
    r += n * 2.12194442e-4f;
    q = 1.3813142e-3f;
    q = q * r + 8.369419e-3f;
    q = q * r + 4.1668456e-2f;
    q = q * r + 0.16666515f;
    q = q * r + 0.49999994f;
    q = q * r * r + r + 1.0f;
    half = (int16_t)((int16_t)n / 2);
    return q * lapel_power_of_two(half) * lapel_power_of_two((int16_t)((int16_t)n - half));
}

/* An odd polynomial near 0, else 1 - 2 / (e^2x + 1). */
LAPEL_NOINLINE float lapel_float_tanh(float x)
{
    const float a = x < 0.0f ? -x : x;
    float q;

    if (a < 0.625f) {
        const float z = x * x;

        q = -5.7049906e-3f;
        q = q * z + 2.063909e-2f;
        q = q * z - 5.3739715e-2f;
        q = q * z + 0.13331442f;
        q = q * z - 0.3333328f;
        return q * z * x + x;
    }
    q = 1.0f - 2.0f / (lapel_float_exp(2.0f * a) + 1.0f);
    return x < 0.0f ? -q : q;
}

/* 1 / (1 + e^-x), by the exponential of a number that is not positive. */
LAPEL_NOINLINE float lapel_float_logistic(float x)
{
    const float e = lapel_float_exp(x < 0.0f ? x : -x);

    return lapel_float_quotient(x < 0.0f ? e : 1.0f, 1.0f + e);
}

/* log(x) for 1 <= x < 2^127, else x: x = 2^e · m with m in 0.70..1.42, and an odd polynomial in (m - 1) / (m + 1). */
LAPEL_NOINLINE float lapel_float_log(float x)
{
    uint32_t bits;
    int16_t e;
    float n, m, s, z, q;

    if (!(x >= 1.0f && x < 1.70141183e38f)) {
        return x;
    }
    memcpy(&bits, &x, sizeof bits);
    e = (int16_t)((int16_t)(bits >> 23) - 127);
    m = x * lapel_power_of_two((int16_t)-e);
    if (m > 1.41421354f) {
        m = m * 0.5f;
        e = (int16_t)(e + 1);
    }
    n = (float)e;
    s = (m - 1.0f) / (m + 1.0f);
    z = s * s;
    q = 0.29878372f;
    q = q * z + 0.39977318f;
    q = q * z + 0.66666776f;
    q = q * z * s + 2.0f * s - n * 2.12194442e-4f;
    return q + n * 0.693359375f;
}

/* The root of 2^25 · m, m in 2^23..2^25, rounded down: 25 bits, found one by one from two bits of the number each. */
LAPEL_NOINLINE uint32_t lapel_float_root(uint32_t m)
{
    uint32_t left = m << 7, rest = 0, root = 0;

    for (int8_t bit = 0; bit < 25; bit++) {
        rest = rest << 2 | left >> 30;
        left <<= 2;
        root <<= 1;
        if (rest > 2 * root) {
            rest -= 2 * root + 1;
            root++;
        }
    }
    return root;
}

/* The root of x, rounded to the nearest, as IEEE 754 has it: no library of C is needed for it. */
LAPEL_NOINLINE float lapel_float_sqrt(float x)
{
    uint32_t bits, m;
    int16_t e;
    float y;

    if (!(x > 0.0f)) {
        return x < 0.0f ? __builtin_nanf("") : x;
    }
    memcpy(&bits, &x, sizeof bits);
    e = (int16_t)(bits >> 23);
    m = bits & 0x7FFFFFu;
    if (e == 255) {
        return x;
    }
    if (e > 0) {
        m |= 0x800000u;
    } else {
        for (e = 1; m < 0x800000u; e = (int16_t)(e - 1)) {
            m <<= 1;
        }
    }
    e = (int16_t)(e - 127);
    if (e % 2 != 0) {
        m <<= 1;
        e = (int16_t)(e - 1);
    }
    /* Half a unit is never met exactly, so that the last of the 25 bits rounds. */
    bits = ((uint32_t)(e / 2 + 127) << 23) + (((lapel_float_root(m) + 1) >> 1) - 0x800000u);
    memcpy(&y, &bits, sizeof y);
    return y;
}

#endif
