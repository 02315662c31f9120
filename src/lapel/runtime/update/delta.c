#include "delta.h"

#include <stddef.h>

#include "crc.h"
#include "memory.h"

/* Flash takes longer than this: small, not fast. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("Os")
#endif

/* Numbers of a patch, in order: how long a piece is, where its old bytes lie, and each byte's difference from them. */
enum { LAPEL_DELTA_LENGTH, LAPEL_DELTA_FROM, LAPEL_DELTA_BYTE };

/* Where probabilities are: of lengths and places, of bytes that are not copied, of the bit behind the first one of a
 * difference, and of how many bits it has, a set for each trend and place in a word. */
#define LAPEL_DELTA_BARE 32u
#define LAPEL_DELTA_SECOND 40u
#define LAPEL_DELTA_NEAR 48u
#define LAPEL_DELTA_SET 8u
#define LAPEL_DELTA_TRENDS 4u
#define LAPEL_DELTA_HALF 0x8000u
#define LAPEL_DELTA_RATE 4

static void lapel_delta_refuse(lapel_delta *state, lapel_delta_status status, uint32_t offset)
{
    state->status = (uint8_t)status;
    state->offset = offset;
}

/* The header is there: whether it is for this decoder, and for these old bytes. */
static void lapel_delta_check(lapel_delta *state)
{
    const lapel_delta_header *const h = &state->header;
    uint32_t crc = 0;

    if (h->magic != LAPEL_DELTA_MAGIC) {
        lapel_delta_refuse(state, LAPEL_DELTA_NO_DELTA, 0);
        return;
    }
    if (h->version != LAPEL_DELTA_VERSION || h->header_bytes != sizeof *h) {
        lapel_delta_refuse(state, LAPEL_DELTA_NEWER, offsetof(lapel_delta_header, version));
        return;
    }
    if (h->old_bytes > state->old_bytes) {
        lapel_delta_refuse(state, LAPEL_DELTA_OTHER_OLD, offsetof(lapel_delta_header, old_bytes));
        return;
    }
    for (uint32_t at = 0, count; at < h->old_bytes; at += count) {
        count = h->old_bytes - at;
        count = count < LAPEL_DELTA_PIECE ? count : LAPEL_DELTA_PIECE;
        if (state->read(state->context, at, state->piece, count) != 0) {
            lapel_delta_refuse(state, LAPEL_DELTA_READ, sizeof *h);
            return;
        }
        crc = lapel_crc32(crc, state->piece, count);
    }
    if (crc != h->old_crc) {
        lapel_delta_refuse(state, LAPEL_DELTA_OTHER_OLD, offsetof(lapel_delta_header, old_crc));
    }
}

/* The next bit: 0 with a probability of *model / 2^16, which learns from it. */
static uint32_t lapel_delta_bit(lapel_delta *state, uint16_t *model)
{
    const uint32_t p = *model, bound = (uint32_t)(uint16_t)(state->range >> 16) * p;

    if (state->code < bound) {
        state->range = bound;
        *model = (uint16_t)(p + ((0xffffu - p) >> LAPEL_DELTA_RATE));
        return 0;
    }
    state->code -= bound;
    state->range -= bound;
    *model = (uint16_t)(p - (p >> LAPEL_DELTA_RATE));
    return 1;
}

/* 0, 1, 2, 3 … as 0, -1, 1, -2 … */
static uint32_t lapel_delta_signed(uint32_t value)
{
    return value >> 1 ^ (0u - (value & 1u));
}

/* The probabilities of the next difference. */
static void lapel_delta_choose(lapel_delta *state)
{
    const uint32_t trend = (state->trend + 1u) >> 2, place = (state->written + state->filled) & 3u;

    state->set = LAPEL_DELTA_BARE;
    if (state->copied) {
        state->set = (uint8_t)(LAPEL_DELTA_NEAR + LAPEL_DELTA_SET * place +
                               4 * LAPEL_DELTA_SET * (trend < LAPEL_DELTA_TRENDS ? trend : LAPEL_DELTA_TRENDS - 1));
    }
}

/* The old bytes under what comes next, or zeros. */
static void lapel_delta_fetch(lapel_delta *state)
{
    const uint8_t count = (uint8_t)(state->left < LAPEL_DELTA_PIECE ? state->left : LAPEL_DELTA_PIECE);

    state->ready = count;
    state->filled = 0;
    if (!state->copied) {
        memset(state->piece, 0, count);
    } else if (state->read(state->context, state->written + state->shift, state->piece, count) != 0) {
        lapel_delta_refuse(state, LAPEL_DELTA_READ, state->offset);
    }
    lapel_delta_choose(state);
}

/* The length of a piece is known. */
static void lapel_delta_length(lapel_delta *state)
{
    if (state->value >= state->header.new_bytes - state->written) {
        lapel_delta_refuse(state, LAPEL_DELTA_BAD_LENGTH, state->offset);
        return;
    }
    state->left = state->value + 1;
    state->kind = LAPEL_DELTA_FROM;
}

/* Where the old bytes of a piece lie is known; 0: it has none. */
static void lapel_delta_from(lapel_delta *state)
{
    uint32_t at;

    state->copied = (uint8_t)(state->value != 0);
    if (state->copied) {
        state->shift += lapel_delta_signed(state->value - 1);
        at = state->written + state->shift;
        if (at > state->header.old_bytes || state->left > state->header.old_bytes - at) {
            lapel_delta_refuse(state, LAPEL_DELTA_BAD_COPY, state->offset);
            return;
        }
    }
    state->kind = LAPEL_DELTA_BYTE;
    lapel_delta_fetch(state);
}

/* A difference is known; with the last one of `piece` the sink gets it. */
static void lapel_delta_byte(lapel_delta *state, lapel_delta_sink_fn *sink, void *context)
{
    state->piece[state->filled] = (uint8_t)(state->piece[state->filled] + lapel_delta_signed(state->value));
    state->trend = (uint8_t)(state->trend - (state->trend >> 2) + state->bits);
    if (++state->filled < state->ready) {
        lapel_delta_choose(state);
        return;
    }
    if (sink(context, state->piece, state->ready) != 0) {
        lapel_delta_refuse(state, LAPEL_DELTA_SINK, state->offset);
        return;
    }
    state->crc = lapel_crc32(state->crc, state->piece, state->ready);
    state->written += state->ready;
    state->left -= state->ready;
    if (state->left == 0) {
        state->kind = LAPEL_DELTA_LENGTH;
        state->set = 0;
    } else {
        lapel_delta_fetch(state);
    }
}

/* The next bit of a number: how many bits it has, in unary, then those behind the first one. 1 if it is complete. */
static uint8_t lapel_delta_advance(lapel_delta *state)
{
    const uint8_t bytes = state->kind == LAPEL_DELTA_BYTE;
    uint16_t half = LAPEL_DELTA_HALF, *const set = state->models + state->set;

    if (state->rest == 0) {
        if (lapel_delta_bit(state, set + state->bits) && ++state->bits < (bytes ? 8 : 32)) {
            return 0;
        }
        state->value = state->bits != 0;
        state->rest = state->bits;
    } else {
        const uint8_t first = bytes && state->rest == state->bits - 1;

        state->value = state->value << 1 |
                       lapel_delta_bit(state, first ? state->models + LAPEL_DELTA_SECOND - 1 + state->bits : &half);
    }
    if (state->rest > 1) {
        state->rest--;
        return 0;
    }
    state->rest = 0;
    return 1;
}

/* A number is complete. */
static void lapel_delta_number(lapel_delta *state, lapel_delta_sink_fn *sink, void *context)
{
    if (state->kind == LAPEL_DELTA_LENGTH) {
        lapel_delta_length(state);
    } else if (state->kind == LAPEL_DELTA_FROM) {
        lapel_delta_from(state);
    } else {
        lapel_delta_byte(state, sink, context);
    }
    state->bits = 0;
}

void lapel_delta_begin(lapel_delta *state, lapel_delta_read_fn *read, void *context, uint32_t old_bytes)
{
    memset(state, 0, sizeof *state);
    state->range = 1;
    state->read = read;
    state->context = context;
    state->old_bytes = old_bytes;
    for (uint8_t k = 0; k < LAPEL_DELTA_MODELS; k++) {
        state->models[k] = LAPEL_DELTA_HALF;
    }
}

lapel_delta_status lapel_delta_push(lapel_delta *state, const uint8_t *bytes, uint32_t count,
                                    lapel_delta_sink_fn *sink, void *context)
{
    for (; count > 0 && state->status == LAPEL_DELTA_OK; count--) {
        if (state->offset < sizeof state->header) {
            ((uint8_t *)&state->header)[state->offset++] = *bytes++;
            if (state->offset == sizeof state->header) {
                lapel_delta_check(state);
            }
            continue;
        }
        if (state->written == state->header.new_bytes) {
            lapel_delta_refuse(state, LAPEL_DELTA_LONGER, state->offset);
            break;
        }
        state->code = state->code << 8 | *bytes++;
        state->range <<= 8;
        state->offset++;
        /* Each bit makes the range smaller, and each piece has a byte at least: this ends. */
        while (state->range >> 24 != 0 && state->written != state->header.new_bytes &&
               state->status == LAPEL_DELTA_OK) {
            if (lapel_delta_advance(state)) {
                lapel_delta_number(state, sink, context);
            }
        }
    }
    return (lapel_delta_status)state->status;
}

lapel_delta_status lapel_delta_end(lapel_delta *state)
{
    if (state->status == LAPEL_DELTA_OK) {
        if (state->offset < sizeof state->header || state->written != state->header.new_bytes) {
            lapel_delta_refuse(state, LAPEL_DELTA_TRUNCATED, state->offset);
        } else if (state->crc != state->header.new_crc) {
            lapel_delta_refuse(state, LAPEL_DELTA_BAD_NEW, offsetof(lapel_delta_header, new_crc));
        }
    }
    return (lapel_delta_status)state->status;
}
