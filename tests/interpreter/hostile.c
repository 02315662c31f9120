/* Blobs from standard input, or from libFuzzer: each in memory of exactly its size, loaded, and run if it may be. */
#include "kernels.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ARENA ((uint32_t)1 << 18)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A streamed input: bytes that are not its own are asked for by no blob that may run. */
static void read_stream(void *context, void *to, uint32_t first, uint32_t count)
{
    const uint32_t bytes = *(const uint32_t *)context;

    if (first > bytes || count > bytes - first) {
        abort();
    }
    memset(to, (int)first, count);
}

/* 1 if it was run. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lapel_model model;
    uint32_t need = 0;
    uint8_t *blob, *arena;
    lapel_status status;

    if (size >= sizeof(lapel_blob_header)) {
        memcpy(&need, data + offsetof(lapel_blob_header, arena_bytes), sizeof need);
    }
    need = need > MOST_ARENA ? MOST_ARENA : need;
    if (posix_memalign((void **)&blob, 16, size) != 0 || posix_memalign((void **)&arena, 16, need) != 0) {
        abort();
    }
    memcpy(blob, data, size);
    memset(arena, 0x55, need);
    status = lapel_load(blob, (uint32_t)size, arena, need, &kernels, &model);
    if (status == LAPEL_OK) {
        const lapel_blob_port *port;
        uint32_t bytes = 0;
        const lapel_stream stream = {read_stream, &bytes};

        for (uint16_t k = 0; (port = lapel_input_port(&model, k)) != 0; k++) {
            if (port->place == LAPEL_STREAMED) {
                bytes = port->bytes;
            } else {
                memset(arena + port->place, k, port->bytes);
            }
        }
        if (bytes != 0) {
            lapel_invoke_from(&model, &stream);
        }
        lapel_invoke(&model);
        for (uint16_t k = 0; (port = lapel_output_port(&model, k)) != 0; k++) {
            memset(arena + port->place, k, port->bytes);
        }
    }
    free(blob);
    free(arena);
#ifdef LAPEL_FUZZER
    return 0;
#else
    return status == LAPEL_OK;
#endif
}

#ifdef LAPEL_FUZZER
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed);

static uint32_t draw_state;

static uint32_t draw(uint32_t below)
{
    draw_state = draw_state * 1664525u + 1013904223u;
    return below == 0 ? 0 : (uint32_t)(((uint64_t)draw_state * below) >> 32);
}

/* Where a number is that interpreter or kernels go by, and its bytes; 0 bytes: the blob has none there. */
typedef struct {
    uint32_t at, bytes;
} number;

static number draw_entry(uint32_t table, uint32_t count, uint32_t entry)
{
    const number found = {table + draw(count) * entry + 4 * draw(entry / 4), count == 0 ? 0 : 4};

    return found;
}

static number draw_number(const uint8_t *data, size_t size)
{
    lapel_blob_header h;
    lapel_blob_step step;
    number found = {0, 0};

    memcpy(&h, data, sizeof h);
    switch (draw(8)) {
    case 0:
        found.at = 12 + 4 * draw(11);
        found.bytes = 4;
        return found;
    case 1:
        found.at = offsetof(lapel_blob_header, step_count) + 2 * draw(6);
        found.bytes = 2;
        return found;
    case 2:
        return draw_entry(h.operands, h.operand_count, 4);
    case 3:
        return draw(2) ? draw_entry(h.ports, (uint32_t)h.input_count + h.output_count, sizeof(lapel_blob_port))
                       : draw_entry(h.states, h.state_count, sizeof(lapel_blob_state));
    default:
        break;
    }
    found = draw_entry(h.steps, h.step_count, sizeof step);
    found.at -= found.at % 4 + (found.at - h.steps) % sizeof step;
    if (found.bytes == 0 || found.at > size || size - found.at < sizeof step) {
        found.bytes = 0;
        return found;
    }
    memcpy(&step, data + found.at, sizeof step);
    if (step.kernel >= kernels.count || draw(8) == 0) {
        const uint32_t part = draw(3);

        found.at += 2 * part;
        found.bytes = part == 2 ? 4 : 2;
        return found;
    }
    found.bytes = 1u << draw(3);
    found.at = step.params + found.bytes * draw(kernels.entries[step.kernel].params_bytes / found.bytes);
    return found;
}

/* A quarter of the changes are libFuzzer's own; the others are of numbers: a little, to a bound, or to that of another. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed)
{
    static const uint32_t bounds[] = {0, 1, 2, 3, 7, 16, 127, 128, 255, 256, 32767, 65535, 65536, 1u << 24,
                                      0x7fffffffu, 0x80000000u, 0xffffffffu, 0xffffff80u, 0xffff8000u};

    draw_state = seed;
    if (size < sizeof(lapel_blob_header) || draw(4) == 0) {
        return LLVMFuzzerMutate(data, size, most);
    }
    for (uint32_t left = 1 + draw(3); left > 0; left--) {
        const number to = draw_number(data, size), from = draw_number(data, size);
        uint32_t value = 0, other = 0;

        if (to.at > size || to.bytes > size - to.at || from.at > size || from.bytes > size - from.at) {
            continue;
        }
        memcpy(&value, data + to.at, to.bytes);
        memcpy(&other, data + from.at, from.bytes);
        switch (draw(4)) {
        case 0:
            value += draw(9) - 4;
            break;
        case 1:
            value = bounds[draw(sizeof bounds / sizeof *bounds)];
            break;
        case 2:
            value *= 2;
            break;
        default:
            value = other;
            break;
        }
        memcpy(data + to.at, &value, to.bytes);
    }
    return size;
}
#else
int main(void)
{
    uint32_t size, run = 0, all = 0;

    while (fread(&size, sizeof size, 1, stdin) == 1) {
        uint8_t *const data = malloc(size + 1);

        if (data == 0 || fread(data, 1, size, stdin) != size) {
            return 2;
        }
        run += (uint32_t)LLVMFuzzerTestOneInput(data, size);
        free(data);
        all++;
        fprintf(stderr, "%u\n", (unsigned)all);
    }
    printf("%u %u\n", (unsigned)all, (unsigned)run);
    return 0;
}
#endif
