/* Deltas: a patch that makes a new blob of an old one (docs/SPEC.md, "Deltas"). The patch comes in pieces of any size,
 * the new blob goes to a sink in pieces in order, the old one is read where the patch says. No heap, no variables of
 * its own. Whatever the patch is: it ends, the old blob is read within its bytes, and the sink gets at most `new_bytes`
 * of the header. */
#ifndef LAPEL_DELTA_H
#define LAPEL_DELTA_H

#include <stdint.h>

#include "rom.h"

#define LAPEL_DELTA_MAGIC 0x444C504Cu /* "LPLD" */
#define LAPEL_DELTA_VERSION 1u

/* Bytes that are read from the old blob, and given to the sink, at a time: in the state. */
#ifndef LAPEL_DELTA_PIECE
#define LAPEL_DELTA_PIECE 32
#endif

/* `offset` of the state says where in the patch; what was found stays: later calls return the same. */
typedef enum {
    LAPEL_DELTA_OK = 0,
    LAPEL_DELTA_NO_DELTA = 1,   /* other first bytes */
    LAPEL_DELTA_NEWER = 2,      /* a version that this decoder does not know */
    LAPEL_DELTA_OTHER_OLD = 3,  /* made for another old blob: it is larger than what may be read, or has another CRC */
    LAPEL_DELTA_BAD_COPY = 4,   /* sticks out of the old blob */
    LAPEL_DELTA_BAD_LENGTH = 5, /* sticks out of the new blob */
    LAPEL_DELTA_LONGER = 6,     /* bytes behind the last one that is needed */
    LAPEL_DELTA_TRUNCATED = 7,  /* lapel_delta_end: the new blob is not complete */
    LAPEL_DELTA_BAD_NEW = 8,    /* lapel_delta_end: the new blob has another CRC than the patch says */
    LAPEL_DELTA_READ = 9,       /* the function that reads the old blob failed */
    LAPEL_DELTA_SINK = 10       /* the sink failed, or has no more room */
} lapel_delta_status;

/* `count` bytes of the old blob from `offset` on; 0 if it did, all else ends the delta. */
typedef int lapel_delta_read_fn(void *context, uint32_t offset, uint8_t *bytes, uint32_t count);

/* The next `count` bytes of the new blob, 1..LAPEL_DELTA_PIECE; 0 if it took them, all else ends the delta. */
typedef int lapel_delta_sink_fn(void *context, const uint8_t *bytes, uint32_t count);

/* The start of a patch; numbers are little-endian. */
typedef struct {
    uint32_t magic;
    uint16_t version;
    uint16_t header_bytes;
    uint32_t old_bytes;
    uint32_t old_crc; /* CRC-32 of IEEE 802.3 of all old bytes */
    uint32_t new_bytes;
    uint32_t new_crc;
} lapel_delta_header;

/* Probabilities of the entropy decoder, 2 bytes each: SPEC.md says which is whose. */
#define LAPEL_DELTA_MODELS 176

/* All that a decoder remembers. A caller reads `header`, which is complete and checked when `sizeof header` bytes were
 * pushed (before the first call of the sink), `written` and `offset`; the rest is the decoder's. */
typedef struct {
    lapel_delta_header header;
    uint32_t offset;  /* bytes of the patch that were taken; of an error, where it was found */
    uint32_t written; /* bytes of the new blob that the sink got */
    uint32_t crc;     /* of those */
    uint32_t range;   /* of the code: the decoder waits for bytes while it is below 2^24 */
    uint32_t code;
    uint32_t value;   /* the number that is being read */
    uint32_t left;    /* new bytes of the piece that is being made */
    uint32_t shift;   /* its old bytes lie so many further on; modulo 2^32 */
    uint32_t old_bytes;
    lapel_delta_read_fn *read;
    void *context;
    uint8_t status;
    uint8_t kind;   /* of the number */
    uint8_t set;    /* where its probabilities are */
    uint8_t bits;   /* that it has */
    uint8_t rest;   /* of these, what has not come; 0 while they are counted */
    uint8_t copied; /* 1: the piece is a difference from old bytes */
    uint8_t trend;  /* four times the bits of the last differences, on average */
    uint8_t ready;  /* bytes in `piece`, and how many of them are new ones already */
    uint8_t filled;
    uint8_t piece[LAPEL_DELTA_PIECE];
    uint16_t models[LAPEL_DELTA_MODELS];
} lapel_delta;

/* A new patch. old_bytes: how many may be read, the old blob's or its slot's. */
void lapel_delta_begin(lapel_delta *state, lapel_delta_read_fn *read, void *context, uint32_t old_bytes);

/* The next bytes of the patch, any number of them. With the header's last one the whole old blob is read, for its CRC. */
lapel_delta_status lapel_delta_push(lapel_delta *state, const uint8_t *bytes, uint32_t count,
                                    lapel_delta_sink_fn *sink, void *context);

/* LAPEL_DELTA_OK: the patch was complete, and the new blob has the CRC that it says. */
lapel_delta_status lapel_delta_end(lapel_delta *state);

#endif
