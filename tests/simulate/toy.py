"""A hand-written model that keeps the contract of generated code: y[i] = 3 * x[i] + w[i], through an arena."""

ELEMENTS = 16
WEIGHTS = [(7 * i + 3) % 128 for i in range(ELEMENTS)]
ARENA_BYTES = 64

HEADER = """
#ifndef TOY_H
#define TOY_H
#include <stdint.h>
void toy_invoke(const int8_t *in, int8_t *out);
extern uint8_t toy_arena[64];
#endif
"""

MODEL = """
#include "toy.h"
#ifdef LAPEL_PROBE_HEADER
#include LAPEL_PROBE_HEADER
#endif
#ifndef LAPEL_PROBE_STEP
#define LAPEL_PROBE_STEP(i)
#endif
#ifndef LAPEL_PROBE_TENSOR
#define LAPEL_PROBE_TENSOR(step, tensor, data, bytes)
#endif
#ifdef __AVR__
#define ROM __flash
#else
#define ROM
#endif
uint8_t toy_arena[64];
static const ROM int8_t weights[16] = {@WEIGHTS@};
void toy_invoke(const int8_t *in, int8_t *out)
{
    for (uint8_t i = 0; i < 16; i++) {
        toy_arena[i] = (uint8_t)(3 * in[i]);
    }
    LAPEL_PROBE_STEP(0);
    LAPEL_PROBE_TENSOR(0, 5, toy_arena, 16);
    for (uint8_t i = 0; i < 16; i++) {
        toy_arena[32 + i] = (uint8_t)(toy_arena[i] + weights[i]);
    }
    LAPEL_PROBE_STEP(1);
    LAPEL_PROBE_TENSOR(1, 6, toy_arena + 32, 16);
    for (uint8_t i = 0; i < 16; i++) {
        out[i] = (int8_t)toy_arena[32 + i];
    }
    LAPEL_PROBE_STEP(2);
}
""".replace("@WEIGHTS@", ", ".join(map(str, WEIGHTS)))

ADAPTER = """
#include "harness.h"
#include "toy.h"
static int8_t in[16], out[16];
void adapter_read_inputs(void) { harness_read(in, sizeof in); }
void adapter_invoke(void) { toy_invoke(in, out); }
void adapter_write_outputs(void) { harness_write(out, sizeof out); }
uint8_t *adapter_arena(void) { return toy_arena; }
uint32_t adapter_arena_bytes(void) { return sizeof toy_arena; }
"""

SOURCES = {"toy.h": HEADER, "toy.c": MODEL, "adapter.c": ADAPTER}
