/* Deltas from standard input, or from libFuzzer: old bytes and patch each in memory of exactly its size, the patch in
 * pieces. */
#include "crc.h"
#include "delta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for new bytes; a fuzzer finds patches of a few bytes that fill any. */
#ifdef LAPEL_FUZZER
#define MOST_NEW ((uint32_t)1 << 12)
#else
#define MOST_NEW ((uint32_t)1 << 20)
#endif

typedef struct {
    const uint8_t *old;
    uint32_t old_bytes;
    uint8_t *new;
    uint32_t new_bytes;
} memory;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_old(void *context, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const memory *const m = context;

    if (offset > m->old_bytes || count > m->old_bytes - offset || count == 0 || count > LAPEL_DELTA_PIECE) {
        abort();
    }
    memcpy(bytes, m->old + offset, count);
    return 0;
}

static int take_new(void *context, const uint8_t *bytes, uint32_t count)
{
    memory *const m = context;

    if (count == 0 || count > LAPEL_DELTA_PIECE) {
        abort();
    }
    if (count > MOST_NEW - m->new_bytes) {
        return 1;
    }
    memcpy(m->new + m->new_bytes, bytes, count);
    m->new_bytes += count;
    return 0;
}

static void *copied(const uint8_t *bytes, uint32_t count)
{
    void *const found = malloc(count);

    if (found == 0 && count != 0) {
        abort();
    }
    if (count != 0) {
        memcpy(found, bytes, count);
    }
    return found;
}

/* The patch in pieces of so many bytes at most. */
static void apply(lapel_delta *state, memory *m, const uint8_t *patch, uint32_t bytes, uint32_t most)
{
    lapel_delta_begin(state, read_old, m, m->old_bytes);
    for (uint32_t at = 0, count; at < bytes; at += count) {
        uint8_t *piece;

        count = bytes - at < most ? bytes - at : most;
        piece = copied(patch + at, count);
        lapel_delta_push(state, piece, count, take_new, m);
        free(piece);
    }
    lapel_delta_end(state);
    if (state->written != m->new_bytes || state->written > state->header.new_bytes) {
        abort();
    }
}

#ifdef LAPEL_FUZZER
/* Bytes of old ones (16 bits), old ones, patch: whose header is made to fit, for checksums are not guessed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memory m = {0, 0, malloc(MOST_NEW), 0};
    const uint32_t header = sizeof(lapel_delta_header);
    lapel_delta *const state = malloc(sizeof *state);

    if (size >= 2) {
        const uint32_t asked = data[0] | (uint32_t)data[1] << 8, rest = (uint32_t)size - 2;
        const uint32_t old_bytes = asked < rest ? asked : rest, bytes = rest - old_bytes;
        uint8_t *const old = copied(data + 2, old_bytes), *const patch = copied(data + 2 + old_bytes, bytes);

        m.old = old;
        m.old_bytes = old_bytes;
        if (bytes >= header) {
            lapel_delta_header h;

            memcpy(&h, patch, header);
            h.old_crc = lapel_crc32(0, old, h.old_bytes < old_bytes ? h.old_bytes : old_bytes);
            memcpy(patch, &h, header);
        }
        apply(state, &m, patch, bytes, 1 + (asked >> 8));
        free(old);
        free(patch);
    }
    free(m.new);
    free(state);
    return 0;
}
#else
int main(void)
{
    uint32_t sizes[3]; /* old bytes, patch, most bytes of a piece */

    while (fread(sizes, sizeof sizes, 1, stdin) == 1) {
        uint8_t *const old = malloc(sizes[0]), *const patch = malloc(sizes[1]);
        memory m = {old, sizes[0], malloc(MOST_NEW), 0};
        lapel_delta *const state = malloc(sizeof *state);
        uint32_t answer[3];

        if (fread(old, 1, sizes[0], stdin) != sizes[0] || fread(patch, 1, sizes[1], stdin) != sizes[1]) {
            return 2;
        }
        apply(state, &m, patch, sizes[1], sizes[2]);
        answer[0] = state->status;
        answer[1] = state->offset;
        answer[2] = m.new_bytes;
        fwrite(answer, sizeof answer, 1, stdout);
        fwrite(m.new, 1, m.new_bytes, stdout);
        free(old);
        free(patch);
        free(m.new);
        free(state);
    }
    return 0;
}
#endif
