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

#ifndef LAPEL_FUZZER
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
