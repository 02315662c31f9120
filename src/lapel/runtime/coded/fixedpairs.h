/* Rows of weights that are indexes into a code book, two at a time as words of dspdot.h: indexes of 4 bits by a table of
 * what an index of either row is together. */
#ifndef LAPEL_FIXEDPAIRS_H
#define LAPEL_FIXEDPAIRS_H

#include "fixedrows.h"
#include "huffman32.h"
#include "pairrows.h"

typedef struct {
    const LAPEL_ROM uint8_t *codes; /* [code_bytes + LAPEL_STREAM_PADDING]: of weights; docs/SPEC.md §9 */
    const LAPEL_ROM int8_t *values; /* [bits * bits] if bits > 1, else [2]: the weights that indexes stand for */
    uint16_t *table;                /* [LAPEL_BOOK_TABLE]: scratch, of 16 j + i: 256 times the weight of j + that of i
                                     * */
    lapel_index code_bytes;         /* >= 1 */
    int8_t bits;                    /* of an index: 1, 2 or 4 */
} lapel_fixedpairs_code;

typedef struct {
    lapel_fixed rows; /* first: a row alone needs no more */
    const uint16_t *table;
} lapel_fixedpairs;

/* c->table is written here. */
LAPEL_INLINE lapel_fixedpairs lapel_fixedpairs_from(const LAPEL_ROM lapel_fixedpairs_code *c)
{
    const lapel_fixed_code code = {c->codes, c->values, c->code_bytes, c->bits};
    const lapel_fixedpairs d = {lapel_fixed_from(&code), c->table};

    for (unsigned k = 0; c->bits == 4 && k < LAPEL_BOOK_TABLE; k++) {
        c->table[k] = (uint16_t)(256u * (uint8_t)c->values[k >> 4] + (uint16_t)c->values[k & 15]);
    }
    return d;
}

/* The two halves of which bytes `at` and `at` + 1 of `both` are. */
LAPEL_FORCE_INLINE uint32_t lapel_fixedpairs_word(const uint16_t *table, uint32_t both, const int_fast8_t at)
{
    return lapel_pkhbt(table[both >> 8 * at & 255], table[both >> 8 * (at + 1) & 255]);
}

/* A lapel_next_pair_fn. */
LAPEL_NOINLINE int8_t lapel_fixedpairs_next(void *decoder, int32_t *to, lapel_index count, lapel_pair_sums *sums)
{
    lapel_fixedpairs *const d = (lapel_fixedpairs *)decoder;
    const LAPEL_ROM uint8_t *at = d->rows.bits.at;
    const uint16_t *const table = d->table;
    const uint32_t mask = 0x0f0f0f0fu;
    const lapel_index row = count >> 1;
    lapel_pair_sums s = {0, 0};

    if (d->rows.width != 4 || (count & 1) != 0 || d->rows.bits.end - at < count) {
        return 0;
    }
    d->rows.bits.at += count;
    while (count > 0) {
        const uint32_t a = lapel_read4(at), b = lapel_read4(at + row);
        const uint32_t even = (a & mask) | (b & mask) << 4, odd = (a >> 4 & mask) | (b & ~mask);
        const uint32_t first = count < 4 ? 0xffff : 0xffffffff, second = count < 8 ? 0xffff : 0xffffffff;

        to[0] = lapel_pair_add(&s, lapel_fixedpairs_word(table, even, 0) & first);
        to[2] = lapel_pair_add(&s, lapel_fixedpairs_word(table, odd, 0) & first);
        if (count > 4) {
            to[4] = lapel_pair_add(&s, lapel_fixedpairs_word(table, even, 2) & second);
            to[6] = lapel_pair_add(&s, lapel_fixedpairs_word(table, odd, 2) & second);
        }
        at += 4;
        to += 8;
        count = (lapel_index)(count - 8);
    }
    *sums = s;
    return 1;
}

#endif
