/* Weights as symbols of a canonical Huffman code: docs/SPEC.md §9. For every core: a loop over the bits of a code. */
#ifndef LAPEL_HUFFMAN_H
#define LAPEL_HUFFMAN_H

#include "bits.h"

/* A complete code: how many codes there are of 1, 2, .. bits, up to 15, and what they stand for, shorter ones first. */
typedef struct {
    const LAPEL_ROM uint8_t *counts;
    const LAPEL_ROM int8_t *symbols;
} lapel_book;

typedef struct {
    const LAPEL_ROM uint8_t *codes;  /* [code_bytes]: of weights, channel after channel; docs/SPEC.md §9 */
    const LAPEL_ROM uint8_t *counts; /* counts of values: codes of 1, 2, .. bits */
    const LAPEL_ROM int8_t *values;  /* the weights that codes stand for, shorter codes first */
    lapel_index code_bytes;          /* >= 1 */
} lapel_huffman_code;

typedef struct {
    lapel_bits bits;
    lapel_book book;
} lapel_huffman;

/* The next symbol. With each bit `code` is the number of the code among those of its length, and beyond them. */
LAPEL_INLINE int8_t lapel_next_symbol(lapel_bits *bits, const lapel_book *book)
{
    const LAPEL_ROM uint8_t *counts = book->counts;
    const LAPEL_ROM int8_t *symbols = book->symbols;
    unsigned code = lapel_next_bit(bits);

    while (code >= *counts) {
        code -= *counts;
        symbols += *counts++;
        code = code << 1 | lapel_next_bit(bits);
    }
    return symbols[code];
}

LAPEL_INLINE lapel_huffman lapel_huffman_from(const LAPEL_ROM lapel_huffman_code *c)
{
    const lapel_huffman d = {lapel_bits_from(c->codes, c->code_bytes), {c->counts, c->values}};

    return d;
}

/* w: the next `count` weights. */
LAPEL_NOINLINE void lapel_huffman_next(lapel_huffman *d, int8_t *w, lapel_index count)
{
    const lapel_book book = d->book;
    lapel_bits bits = d->bits;

    for (; count > 0; count--) {
        *w++ = lapel_next_symbol(&bits, &book);
    }
    d->bits = bits;
}

/* The sum of x times the next `count` weights. */
LAPEL_NOINLINE int32_t lapel_huffman_dot(lapel_huffman *d, const int8_t *x, lapel_index count)
{
    const lapel_book book = d->book;
    lapel_bits bits = d->bits;
    int32_t acc = 0;

    for (; count > 0; count--) {
        acc += *x++ * lapel_next_symbol(&bits, &book);
    }
    d->bits = bits;
    return acc;
}

#endif
