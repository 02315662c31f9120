/* Decoded rows of weights, two as one: words of 256 b + a, as dspdot.h has them. */
#ifndef LAPEL_PAIRROWS_H
#define LAPEL_PAIRROWS_H

#include "codedrows.h"
#include "dsp.h"

/* Of the weights of two rows: a, and 256 b + a modulo 2^32. */
typedef struct {
    int32_t a;
    int32_t both;
} lapel_pair_sums;

/* to: the next two rows of `count` weights, to every second word, zeros behind them; their sums. Returns 0, and has done
 * nothing, where that cannot be done at once. */
typedef int8_t lapel_next_pair_fn(void *decoder, int32_t *to, lapel_index count, lapel_pair_sums *sums);

/* A decoder, whichever. */
typedef struct {
    lapel_rows rows;
    lapel_next_pair_fn *pair; /* 0: rows are decoded one by one */
} lapel_pair_rows;

/* Adds a word to the sums, and returns it. */
LAPEL_INLINE int32_t lapel_pair_add(lapel_pair_sums *sums, uint32_t word)
{
    sums->both = lapel_smlad(word, 0x10001, sums->both);
    sums->a = lapel_smlad(lapel_sxtb16(word), 0x10001, sums->a);
    return (int32_t)word;
}

/* Two rows of weights to every second word of a group; their sums. */
LAPEL_NOINLINE lapel_pair_sums lapel_pair_pack(int32_t *to, const int8_t *a, const int8_t *b, lapel_index blocks)
{
    lapel_pair_sums sums = {0, 0};

    for (; blocks > 0; blocks--) {
        const uint32_t low = lapel_read4(a), high = lapel_read4(b);

        to[0] = lapel_pair_add(&sums, lapel_sxtab16(lapel_and_left8(0xff00ff00u, high), low));
        to[2] = lapel_pair_add(&sums, lapel_sxtab16_odd(high & 0xff00ff00u, low));
        to += 4;
        a += 4;
        b += 4;
    }
    return sums;
}

#endif
