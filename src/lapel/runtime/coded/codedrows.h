/* Rows of weights that are decoded before they are used: of a convolution, whose weights meet many pixels. */
#ifndef LAPEL_CODEDROWS_H
#define LAPEL_CODEDROWS_H

#include "biases.h"

/* w: the next `count` weights. */
typedef void lapel_next_fn(void *decoder, int8_t *w, lapel_index count);

/* A decoder, whichever. */
typedef struct {
    lapel_next_fn *next;
    void *decoder;
} lapel_rows;

/* The biases of layers whose sums are of x: bias - zero * (sum of the channel's weights), where zero is not 0. */
typedef struct {
    lapel_biases stored;
    int16_t zero; /* -128..127 */
} lapel_folded;

/* Of a channel; sum: of its weights, which is not asked for where zero is 0. */
LAPEL_INLINE int32_t lapel_folded_bias(const lapel_folded *f, lapel_index channel, int32_t sum)
{
    return (int32_t)((uint32_t)lapel_bias_of(&f->stored, channel) - (uint32_t)(f->zero * sum));
}

LAPEL_NOINLINE int32_t lapel_weights_sum(const int8_t *w, lapel_index count)
{
    int32_t sum = 0;

    for (; count > 0; count--) {
        sum += *w++;
    }
    return sum;
}

#endif
