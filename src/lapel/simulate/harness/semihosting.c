/* Input and output through semihosting files in the emulator's working directory (Arm and RISC-V).
 * Operations and their argument blocks: Arm, "Semihosting for AArch32 and AArch64", sections 5 and 6. */
#include "harness.h"
#include "semihosting.h"

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT = 0x18 };
enum { OPEN_READ_BINARY = 1, OPEN_WRITE_BINARY = 5 };
enum { STOPPED_APPLICATION_EXIT = 0x20026, STOPPED_RUN_TIME_ERROR = 0x20023 };

static uintptr_t in_file, out_file;

static uintptr_t call(uintptr_t operation, uintptr_t a, uintptr_t b, uintptr_t c)
{
    uintptr_t block[3];
    block[0] = a;
    block[1] = b;
    block[2] = c;
    return port_semihosting(operation, (uintptr_t)block);
}

void semihosting_open(void)
{
    in_file = call(SYS_OPEN, (uintptr_t) "in.bin", OPEN_READ_BINARY, 6);
    out_file = call(SYS_OPEN, (uintptr_t) "out.bin", OPEN_WRITE_BINARY, 7);
}

void port_read(uint8_t *dst, uint32_t bytes)
{
    /* The answer is the number of bytes that are missing. */
    if (bytes > 0 && call(SYS_READ, in_file, (uintptr_t)dst, bytes) != 0) {
        harness_fault(HARNESS_FAULT_INPUT_ENDS, 0);
    }
}

void port_write(const uint8_t *src, uint32_t bytes)
{
    if (bytes > 0) {
        call(SYS_WRITE, out_file, (uintptr_t)src, bytes);
    }
}

void port_exit(int failed)
{
    port_semihosting(SYS_EXIT, failed ? STOPPED_RUN_TIME_ERROR : STOPPED_APPLICATION_EXIT);
    for (;;) {
    }
}

uint8_t *port_stack_limit(void)
{
    return harness_model_stack_limit;
}

uint8_t *port_stack_top(void)
{
    return harness_model_stack_top;
}
