/* Reads bytes of a streamed input from the caller. */
#ifndef LAPEL_FETCH_H
#define LAPEL_FETCH_H

#include "lapel.h"
#include "stream.h"

typedef struct {
    uint32_t first; /* >= 0, byte of the input */
    uint32_t bytes; /* >= 1 */
} lapel_fetch_params;

/* Total. y: [bytes]; x: [first + bytes], bytes of the whole input. */
typedef void lapel_fetch_fn(void *y, const lapel_stream *x, const LAPEL_ROM lapel_fetch_params *p);
LAPEL_KERNEL lapel_fetch_fn lapel_fetch;

#endif
