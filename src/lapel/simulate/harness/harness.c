/* The generic part of the firmware that proves a model: samples in, records out (see simulate/stream.py).
 *
 * The model runs on a stack of its own, painted once, so that the high-water mark is the model's alone and is the
 * largest over all samples. No interrupts, no heap, no library.
 */
#include "harness.h"

/* A pattern that depends on the place: no run of equal bytes that a model writes can look like paint. */
enum { PAINT_FIRST = 0xA5, PAINT_STEP = 29 };

static void paint(uint8_t *from, const uint8_t *to)
{
    uint8_t pattern = PAINT_FIRST;
    for (; from < to; from++) {
        *(volatile uint8_t *)from = pattern;
        pattern = (uint8_t)(pattern + PAINT_STEP);
    }
}

/* Bytes of [from, to) from the lowest touched one upward: what a stack that grows down has used. */
static uint32_t used_from_top(const uint8_t *from, const uint8_t *to)
{
    uint8_t pattern = PAINT_FIRST;
    while (from < to && *(const volatile uint8_t *)from == pattern) {
        from++;
        pattern = (uint8_t)(pattern + PAINT_STEP);
    }
    return (uint32_t)(to - from);
}

/* Bytes of [from, to) up to and with the highest touched one. */
static uint32_t used_from_bottom(const uint8_t *from, const uint8_t *to)
{
    const uint8_t *end = from;
    uint8_t pattern = PAINT_FIRST;
    for (const uint8_t *at = from; at < to; at++) {
        if (*(const volatile uint8_t *)at != pattern) {
            end = at + 1;
        }
        pattern = (uint8_t)(pattern + PAINT_STEP);
    }
    return (uint32_t)(end - from);
}

static void write_u32(uint32_t value)
{
    uint8_t bytes[4];
    for (uint8_t i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)value;
        value >>= 8;
    }
    port_write(bytes, 4);
}

static uint32_t read_u32(void)
{
    uint8_t bytes[4];
    uint32_t value = 0;
    port_read(bytes, 4);
    for (uint8_t i = 4; i > 0; i--) {
        value = (value << 8) | bytes[i - 1];
    }
    return value;
}

static void write_tag(char tag)
{
    uint8_t byte = (uint8_t)tag;
    port_write(&byte, 1);
}

/* Ends every stream, so that a machine that cannot exit is known to be done. */
static void finish(int failed)
{
    write_u32(0x4550414Cu); /* LAPE; as numbers, because a string would take RAM on the AVR */
    write_u32(0x444E454Cu); /* LEND */
    port_exit(failed);
}

void harness_read(void *dst, uint32_t bytes)
{
    port_read(dst, bytes);
}

void harness_write(const void *src, uint32_t bytes)
{
    port_write(src, bytes);
}

void harness_trace(uint16_t step, uint16_t tensor, const void *data, uint32_t bytes)
{
    write_tag('T');
    write_u32(((uint32_t)tensor << 16) | step);
    write_u32(bytes);
    port_write(data, bytes);
}

void harness_fault(uint32_t code, uint32_t pc)
{
    write_tag('F');
    write_u32(code);
    write_u32(pc);
    finish(1);
}

#ifndef __AVR__ /* which has one memory, and little of it */
/* Of adapters whose model has one arena. */
__attribute__((weak)) uint8_t *adapter_further_arena(uint8_t k, uint32_t *bytes)
{
    (void)k;
    (void)bytes;
    return 0;
}

static void paint_further(void)
{
    uint32_t bytes;
    uint8_t *arena;
    for (uint8_t k = 0; (arena = adapter_further_arena(k, &bytes)) != 0; k++) {
        paint(arena, arena + bytes);
    }
}

static uint32_t used_further(void)
{
    uint32_t used = 0, bytes;
    const uint8_t *arena;
    for (uint8_t k = 0; (arena = adapter_further_arena(k, &bytes)) != 0; k++) {
        used += used_from_bottom(arena, arena + bytes);
    }
    return used;
}
#else
static void paint_further(void)
{
}

static uint32_t used_further(void)
{
    return 0;
}
#endif

void harness_main(void)
{
    uint8_t *const arena = adapter_arena();
    const uint8_t *const arena_end = arena + adapter_arena_bytes();
    const uint32_t samples = read_u32();
    const uint32_t sequence = read_u32();
    uint32_t left = 0;
    paint(arena, arena_end);
    paint_further();
    paint(port_stack_limit(), port_stack_top());
    for (uint32_t i = 0; i < samples; i++) {
        if (left == 0) {
            adapter_reset();
            left = sequence;
        }
        left--;
        adapter_read_inputs();
        port_invoke();
        write_tag('O');
        adapter_write_outputs();
    }
    write_tag('R');
    write_u32(used_from_top(port_stack_limit(), port_stack_top()));
    write_u32((uint32_t)(port_stack_top() - port_stack_limit()));
    write_u32(used_from_bottom(arena, arena_end) + used_further());
    finish(0);
}
