/* Where the highest bit of an integer is. */
#ifndef LAPEL_HIGHBIT_H
#define LAPEL_HIGHBIT_H

#include "lapel.h"

/* Zeros above the highest bit of x, which is not 0. */
#ifdef __AVR__
LAPEL_INLINE int_fast8_t lapel_leading_zeros(uint32_t x)
{
    return (int_fast8_t)__builtin_clzl(x);
}
#else
LAPEL_INLINE int_fast8_t lapel_leading_zeros(uint32_t x)
{
    return (int_fast8_t)__builtin_clz(x);
}
#endif

#endif
