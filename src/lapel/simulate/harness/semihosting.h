/* What semihosting.c asks of the start code of an architecture that has semihosting. */
#ifndef LAPEL_SEMIHOSTING_H
#define LAPEL_SEMIHOSTING_H

#include <stdint.h>

extern uint8_t harness_model_stack_limit[], harness_model_stack_top[]; /* from the linker script */

uintptr_t port_semihosting(uintptr_t operation, uintptr_t argument);
void semihosting_open(void);

#endif
