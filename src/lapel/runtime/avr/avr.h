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

/* The registers that a caller wants back. */
#define LAPEL_AVR_SAVE                                                                                         \
    "push r2\n\tpush r3\n\tpush r4\n\tpush r5\n\tpush r6\n\tpush r7\n\tpush r8\n\tpush r9\n\tpush r10\n\t"     \
    "push r11\n\tpush r12\n\tpush r13\n\tpush r14\n\tpush r15\n\tpush r16\n\tpush r17\n\tpush r28\n\tpush r29\n\t"
#define LAPEL_AVR_RESTORE                                                                                      \
    "pop r29\n\tpop r28\n\tpop r17\n\tpop r16\n\tpop r15\n\tpop r14\n\tpop r13\n\tpop r12\n\tpop r11\n\t"      \
    "pop r10\n\tpop r9\n\tpop r8\n\tpop r7\n\tpop r6\n\tpop r5\n\tpop r4\n\tpop r3\n\tpop r2\n\t"
#elif defined(__AVR__)
#error "these kernels want an AVR with MUL, LPM Z+ and CALL: build the model for this core"
#endif

#endif
