/* The harness as a program of this computer: files for input and output, the model in a thread on its own stack. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "harness.h"

enum { STACK_BYTES = 1 << 20 };

static FILE *in_file, *out_file;
static uint8_t *stack, *stack_top;

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

/* The thread library keeps its own data at the stack's top: what counts begins below the thread's first frame. */
static void *find_top(void *unused)
{
    (void)unused;
    stack_top = (uint8_t *)__builtin_frame_address(0) - 64;
    return NULL;
}

static void *invoke(void *unused)
{
    (void)unused;
    adapter_invoke();
    return NULL;
}

static void run_thread(void *(*function)(void *))
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstack(&attributes, stack, STACK_BYTES) != 0 ||
        pthread_create(&thread, &attributes, function, NULL) != 0) {
        abort();
    }
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

void port_invoke(void)
{
    run_thread(invoke);
}

int main(void)
{
    in_file = fopen("in.bin", "rb");
    out_file = fopen("out.bin", "wb");
    stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!in_file || !out_file || stack == MAP_FAILED) {
        return 2;
    }
    run_thread(find_top);
    harness_main();
}
