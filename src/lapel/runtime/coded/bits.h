/* A stream of bits, the lowest of each byte first, that is read bit by bit. Behind its end there are zeros. */
#ifndef LAPEL_BITS_H
#define LAPEL_BITS_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint8_t *at;  /* the next byte */
    const LAPEL_ROM uint8_t *end; /* behind the last one */
    unsigned bits;                /* what is left of the byte before, and a one above that */
} lapel_bits;

LAPEL_INLINE lapel_bits lapel_bits_from(const LAPEL_ROM uint8_t *codes, lapel_index bytes)
{
    const lapel_bits b = {codes, codes + bytes, 1};

    return b;
}

LAPEL_INLINE uint8_t lapel_next_byte(lapel_bits *b)
{
    return b->at != b->end ? *b->at++ : 0;
}

LAPEL_INLINE uint8_t lapel_next_bit(lapel_bits *b)
{
    unsigned bits = b->bits;

    if (bits == 1) {
        bits = 0x100u | lapel_next_byte(b);
    }
    b->bits = bits >> 1;
    return bits & 1;
}

#endif
