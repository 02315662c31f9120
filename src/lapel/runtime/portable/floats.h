/* What the float32 kernels share: every sum, product and quotient is rounded once, to float32, in the order that is
 * written (docs/SPEC.md section 8). Products and sums are not fused into one rounding, in GNU dialects neither. */
#ifndef LAPEL_FLOATS_H
#define LAPEL_FLOATS_H

#include "lapel.h"

#if defined(__FAST_MATH__) || defined(__RECIPROCAL_MATH__) || defined(__ASSOCIATIVE_MATH__)
#error "this model computes in float32 and is proven for IEEE arithmetic: compile it without -ffast-math and its parts"
#endif
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error "this model computes in float32 and is proven for IEEE arithmetic: compile it without -ffinite-math-only"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "this model computes in float32, and this compiler computes wider: on x86 use -mfpmath=sse"
#endif

/* GCC's GNU dialects, and Clang, fuse a product and a sum where the core can. GCC does not know the pragma of C99. Clang
 * ignores it under -ffp-contract=fast, which is then the user's own doing: nothing tells that it is given. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

/* v, and in loops that call it no vectors. Those of Helium flush denormal numbers: GCC is told in lapel.h, Clang has no such
 * word, and makes none of a loop with assembly text, be it empty. */
#if defined(__clang__) && defined(__ARM_FEATURE_MVE)
LAPEL_FORCE_INLINE float lapel_float_alone(float v)
{
    __asm__("" : "+t"(v));
    return v;
}
#else
LAPEL_FORCE_INLINE float lapel_float_alone(float v)
{
    return v;
}
#endif

/* The lower limit first; a NaN stays one, and a zero keeps its sign. */
LAPEL_INLINE float lapel_limitf32_value(float v, float lo, float hi)
{
    v = v < lo ? lo : v;
    return lapel_float_alone(v > hi ? hi : v);
}

#endif
