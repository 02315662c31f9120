/* What the kernels for 8-bit AVR cores with a multiplier share. They are assembly, because avr-gcc makes a product of two
 * bytes 32 bits wide and calls a function for it, and because sums of eight outputs leave it no register. */
#ifndef LAPEL_AVR_H
#define LAPEL_AVR_H

#include "lapel.h"

#if defined(__AVR_HAVE_MUL__) && defined(__AVR_HAVE_LPMX__) && defined(__AVR_HAVE_JMP_CALL__)
#define LAPEL_AVR_ASM
/* A function whose body is assembly, prologue included, so that all registers are free. Its arguments begin in r25:r24,
 * r23:r22, r21:r20; r1 is 0 when it is called and when it returns. Others call it by its name. */
#define LAPEL_AVR_NAKED static __attribute__((naked, noinline, noclone, used))
#elif defined(__AVR__)
#error "these kernels want an AVR with MUL, LPM Z+ and CALL: build the model for this core"
#endif

#endif
