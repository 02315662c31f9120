/* Where constants live: shared by kernels and the interpreter. */
#ifndef LAPEL_ROM_H
#define LAPEL_ROM_H

/* Constants stay in flash. On the AVR that is another address space, named here once; elsewhere it is nothing. */
#ifndef LAPEL_ROM
#ifdef __AVR__
#if defined(__STRICT_ANSI__) || defined(__cplusplus)
#error "constants are in __flash here, which avr-gcc has in GNU C alone: compile this file as C, with -std=gnu99 or later"
#endif
#define LAPEL_ROM __flash
#else
#define LAPEL_ROM
#endif
#endif

#endif
