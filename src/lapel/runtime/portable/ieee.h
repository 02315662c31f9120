/* What is asked of a compiler by every kernel that computes in float32, those before and behind integers among them: IEEE
 * arithmetic, with denormal numbers. What else is in the file is compiled as without it. */
#ifndef LAPEL_IEEE_H
#define LAPEL_IEEE_H

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

/* v, and around a call of it no vectors. Those of Helium flush denormal numbers: GCC is told in lapel.h, Clang has no such
 * word, and makes none of a loop with assembly text, be it empty. Nor may it load what comes behind such a text before it: of
 * a loop that it has unrolled it would make vectors of neighbouring turns. */
#if defined(__clang__) && defined(__ARM_FEATURE_MVE)
LAPEL_FORCE_INLINE float lapel_float_alone(float v)
{
    __asm__ volatile("" : "+t"(v) : : "memory");
    return v;
}
#else
LAPEL_FORCE_INLINE float lapel_float_alone(float v)
{
    return v;
}
#endif

#endif
