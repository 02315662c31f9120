/* Where a streamed input comes from: read(context, to, first, count) copies its bytes first..first + count - 1 to `to`. */
#ifndef LAPEL_STREAM_H
#define LAPEL_STREAM_H

#include <stdint.h>

typedef struct {
    void (*read)(void *context, void *to, uint32_t first, uint32_t count);
    void *context;
} lapel_stream;

#endif
