/* What the real Fourier transforms of both widths share: their sizes, and the order in which values start (SPEC 10). */
#ifndef LAPEL_RFFT_H
#define LAPEL_RFFT_H

#include "lapel.h"

typedef struct {
    lapel_index rows;       /* >= 1 */
    lapel_index length;     /* of a row of x, 1..fft_length; zeros behind it */
    lapel_index fft_length; /* 64..2048, a power of two */
} lapel_rfft_shape;

/* The next one of the numbers 0, 1, 2, ... below count, a power of two, each with its bits in reverse order. */
LAPEL_INLINE lapel_index lapel_rfft_next(lapel_index reversed, lapel_index count)
{
    lapel_index bit = (lapel_index)(count >> 1);

    while ((reversed & bit) != 0) {
        reversed = (lapel_index)(reversed - bit);
        bit = (lapel_index)(bit >> 1);
    }
    return (lapel_index)(reversed + bit);
}

/* Values by two, rather than by four alone: whether count, a power of two, is no power of four. */
LAPEL_INLINE int_fast8_t lapel_rfft_by_two(lapel_index count)
{
    int_fast8_t odd = 0;

    for (; count > 1; count = (lapel_index)(count >> 1)) {
        odd = (int_fast8_t)(odd ^ 1);
    }
    return odd;
}

#endif
