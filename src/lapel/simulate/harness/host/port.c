/* The harness as a program of this computer: files for input and output, the model on a stack of its own. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "../../counters/tether.h"
#include "harness.h"

enum { STACK_BYTES = 1 << 20 };

static FILE *in_file, *out_file;
static uint8_t *stack, *stack_top;
static int stack_top_is_known;
static ucontext_t main_context, model_context;

void port_read(uint8_t *dst, uint32_t bytes)
{
    if (fread(dst, 1, bytes, in_file) != bytes) {
        harness_fault(HARNESS_FAULT_INPUT_ENDS, 0);
    }
}

void port_write(const uint8_t *src, uint32_t bytes)
{
    fwrite(src, 1, bytes, out_file);
}

void port_exit(int failed)
{
    fclose(out_file);
    exit(failed);
}

uint8_t *port_stack_limit(void)
{
    return stack;
}

uint8_t *port_stack_top(void)
{
    return stack_top;
}

/* A fresh context for each call: nothing of it lives on the stack while that is painted. */
static void on_stack(void)
{
    stack_top = __builtin_frame_address(0);
    if (stack_top_is_known) {
        adapter_invoke();
    }
    stack_top_is_known = 1;
}

void port_invoke(void)
{
    getcontext(&model_context);
    model_context.uc_stack.ss_sp = stack;
    model_context.uc_stack.ss_size = STACK_BYTES;
    model_context.uc_link = &main_context;
    makecontext(&model_context, on_stack, 0);
    swapcontext(&main_context, &model_context);
}

static void make_stack(void)
{
    stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) {
        abort();
    }
    port_invoke(); /* finds stack_top */
}

int main(void)
{
    die_with_parent();
    in_file = fopen("in.bin", "rb");
    out_file = fopen("out.bin", "wb");
    if (!in_file || !out_file) {
        return 2;
    }
    make_stack();
    harness_main();
}
