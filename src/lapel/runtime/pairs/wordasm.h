/* What assembly of words that hold values of several pixels has in common. */
#ifndef LAPEL_WORDASM_H
#define LAPEL_WORDASM_H

#include "lapel.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "these kernels want a little-endian core: build the model without them"
#endif

/* A function whose body is assembly, prologue included: accumulators and what they are taken apart into leave compilers
 * short of registers. */
#define LAPEL_PAIRS_NAKED static __attribute__((naked, noinline, unused))
#define LAPEL_PAIRS_UNUSED __attribute__((unused))

#endif
