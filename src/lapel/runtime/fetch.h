/* Reads bytes of a streamed input from the caller. */
#ifndef LAPEL_FETCH_H
#define LAPEL_FETCH_H

#include "lapel.h"

/* Where a streamed input comes from: read copies its bytes first..first + count - 1 to `to`. */
typedef struct {
    void (*read)(void *context, void *to, uint32_t first, uint32_t count);
    void *context;
} lapel_stream;

typedef struct {
    uint32_t first; /* byte of the input */
    uint32_t bytes; /* >= 1 */
} lapel_fetch_params;

/* y: [bytes]. */
typedef void lapel_fetch_fn(void *y, const lapel_stream *x, const LAPEL_ROM lapel_fetch_params *p);
LAPEL_KERNEL lapel_fetch_fn lapel_fetch;

#endif
