/* Biases of 1 to 4 bytes each, of layers of coded weights. */
#ifndef LAPEL_BIASES_H
#define LAPEL_BIASES_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint8_t *bytes; /* of each channel `width`, lowest first: its bias / 2^shift */
    int8_t width;
    int8_t shift;
} lapel_biases;

LAPEL_INLINE int32_t lapel_bias_of(const lapel_biases *b, lapel_index channel)
{
    const LAPEL_ROM uint8_t *const first = b->bytes + (size_t)channel * (size_t)b->width;
    int_fast8_t k = (int_fast8_t)(b->width - 1);
    uint32_t bias = (uint32_t)(int8_t)first[k];

    while (k > 0) {
        bias = bias << 8 | first[--k];
    }
    return (int32_t)(bias << b->shift);
}

#endif
