/* Symbols of a Huffman code by a table of what their first 8 bits say, on cores that read words at any address. */
#ifndef LAPEL_HUFFMAN32_H
#define LAPEL_HUFFMAN32_H

#include "dsp.h"
#include "huffman.h"

#define LAPEL_BOOK_TABLE 256 /* int16_t of a code book's table: one for each 8 bits of a stream */
#define LAPEL_STREAM_PADDING 3 /* bytes behind a stream, so that a word can be read at its last one */
#define LAPEL_LONGER 16        /* in place of a length */

/* a >> (the low byte of b), which is less than 32. */
#ifdef __thumb2__
LAPEL_INLINE uint32_t lapel_shift_right(uint32_t a, int32_t b)
{
    uint32_t r;

    __asm__("lsr %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
    return r;
}
#else
LAPEL_INLINE uint32_t lapel_shift_right(uint32_t a, int32_t b)
{
    return a >> (uint8_t)b;
}
#endif

/* A stream of bits that is followed by LAPEL_STREAM_PADDING bytes more. */
typedef struct {
    const LAPEL_ROM uint8_t *codes;
    uint32_t at;   /* the next bit */
    uint32_t last; /* the last bit */
} lapel_bits32;

/* A code book by its table. An entry is 256 * symbol + the bits of its code, if these are up to 8; if not, LAPEL_LONGER
 * + 256 * the number of such 8 bits among those that begin longer codes. */
typedef struct {
    const int16_t *table;
    const LAPEL_ROM uint8_t *counts; /* of codes of 9, 10, .. bits */
    const LAPEL_ROM int8_t *symbols; /* what they stand for */
} lapel_book32;

typedef struct {
    const LAPEL_ROM uint8_t *codes;  /* [code_bytes + LAPEL_STREAM_PADDING]: of weights; docs/SPEC.md §9 */
    const LAPEL_ROM uint8_t *counts; /* counts of values: codes of 1, 2, .. bits */
    const LAPEL_ROM int8_t *values;  /* the weights that codes stand for, shorter codes first */
    int16_t *table;                  /* [LAPEL_BOOK_TABLE]: scratch */
    lapel_index code_bytes;          /* >= 1 */
} lapel_huffman32_code;

typedef struct {
    lapel_bits32 bits;
    lapel_book32 book;
} lapel_huffman32;

LAPEL_INLINE lapel_bits32 lapel_bits32_from(const LAPEL_ROM uint8_t *codes, lapel_index bytes)
{
    const lapel_bits32 b = {codes, 0, 8 * (uint32_t)bytes - 1};

    return b;
}

/* The code that follows `code` of the same length, whose last bit is `high` and its first the lowest; 0 for none. */
LAPEL_INLINE unsigned lapel_code_behind(unsigned code, unsigned high)
{
    while ((code & high) != 0) {
        code ^= high;
        high >>= 1;
    }
    return code | high;
}

/* table: [LAPEL_BOOK_TABLE], written here. */
LAPEL_NOINLINE lapel_book32 lapel_book32_from(int16_t *table, lapel_book book)
{
    lapel_book32 made = {table, book.counts, book.symbols};
    unsigned code = 0;
    int16_t longer = LAPEL_LONGER;

    for (unsigned length = 1; length <= 8; length++) {
        for (unsigned n = *made.counts++; n > 0; n--) {
            for (unsigned k = code; k < LAPEL_BOOK_TABLE; k += 1u << length) {
                table[k] = (int16_t)(*made.symbols * 256 + (int16_t)length);
            }
            code = lapel_code_behind(code, 1u << (length - 1));
            made.symbols++;
        }
        if (code == 0 && made.symbols != book.symbols) {
            break; /* that was the last one */
        }
    }
    for (; code != 0; code = lapel_code_behind(code, LAPEL_BOOK_TABLE / 2)) {
        table[code] = longer;
        longer = (int16_t)(longer + 256);
    }
    return made;
}

/* 25 bits or more from bit `at` on, which is in the stream. */
LAPEL_INLINE uint32_t lapel_bits32_at(const LAPEL_ROM uint8_t *codes, uint32_t at)
{
    return lapel_read4(codes + (at >> 3)) >> (at & 7);
}

/* The same from the next bit on, or from the last one if the stream has ended. */
LAPEL_INLINE uint32_t lapel_bits32_read(lapel_bits32 *b)
{
    b->at = b->at < b->last ? b->at : b->last;
    return lapel_bits32_at(b->codes, b->at);
}

/* How many times three of the next `count` codes are in the stream, however long they are. */
LAPEL_INLINE lapel_index lapel_bits32_threes(const lapel_bits32 *b, lapel_index count)
{
    const lapel_index threes = count / 3, sure = b->at < b->last ? (lapel_index)((b->last - b->at) / 45) : 0;

    return threes < sure ? threes : sure;
}

/* 256 * symbol + the bits of a code of 9 or more that `word` begins with; entry: of the table. */
LAPEL_NOINLINE int32_t lapel_longer_code(const lapel_book32 *book, uint32_t word, int32_t entry)
{
    const LAPEL_ROM uint8_t *counts = book->counts;
    const LAPEL_ROM int8_t *symbols = book->symbols;
    uint32_t code = (uint8_t)(entry >> 8);
    int32_t length = 9;

    code = code << 1 | (word >> 8 & 1);
    while (code >= *counts) {
        code -= *counts;
        symbols += *counts++;
        code = code << 1 | (word >> length & 1);
        length++;
    }
    return symbols[code] * 256 + length;
}

/* 256 * the next symbol + the bits of its code. */
LAPEL_INLINE int32_t lapel_next_entry(lapel_bits32 *bits, const lapel_book32 *book)
{
    const uint32_t word = lapel_bits32_read(bits);
    int32_t entry = book->table[word & 255];

    if ((entry & LAPEL_LONGER) != 0) {
        entry = lapel_longer_code(book, word, entry);
    }
    bits->at += (uint8_t)entry;
    return entry;
}

/* The next symbol, which `word` begins with: 25 bits that were read at it or one or two symbols before. */
LAPEL_FORCE_INLINE int32_t lapel_next_of_word(uint32_t *word, lapel_bits32 *bits, const lapel_book32 *book)
{
    int32_t entry = book->table[*word & 255];

    if ((entry & LAPEL_LONGER) != 0) {
        entry = lapel_longer_code(book, lapel_bits32_read(bits), entry);
        bits->at += (uint8_t)entry;
        *word = lapel_bits32_read(bits);
        return entry >> 8;
    }
    *word = lapel_shift_right(*word, entry);
    bits->at += (uint8_t)entry;
    return entry >> 8;
}

/* c->table is written here. */
LAPEL_INLINE lapel_huffman32 lapel_huffman32_from(const LAPEL_ROM lapel_huffman32_code *c)
{
    const lapel_book book = {c->counts, c->values};
    const lapel_huffman32 d = {lapel_bits32_from(c->codes, c->code_bytes), lapel_book32_from(c->table, book)};

    return d;
}

/* w: the next `count` weights. */
LAPEL_NOINLINE void lapel_huffman32_next(lapel_huffman32 *d, int8_t *w, lapel_index count)
{
    const lapel_book32 book = d->book;
    lapel_bits32 bits = d->bits;
    lapel_index threes;

    while ((threes = lapel_bits32_threes(&bits, count)) > 0) {
        count -= 3 * threes;
        for (; threes > 0; threes--) {
            uint32_t word = lapel_bits32_at(bits.codes, bits.at);

            w[0] = (int8_t)lapel_next_of_word(&word, &bits, &book);
            w[1] = (int8_t)lapel_next_of_word(&word, &bits, &book);
            w[2] = (int8_t)lapel_next_of_word(&word, &bits, &book);
            w += 3;
        }
    }
    for (; count > 0; count--) {
        *w++ = (int8_t)(lapel_next_entry(&bits, &book) >> 8);
    }
    d->bits = bits;
}

/* The sum of x times the next `count` weights. */
LAPEL_NOINLINE int32_t lapel_huffman32_dot(lapel_huffman32 *d, const int8_t *x, lapel_index count)
{
    const lapel_book32 book = d->book;
    lapel_bits32 bits = d->bits;
    lapel_index threes;
    int32_t acc = 0;

    while ((threes = lapel_bits32_threes(&bits, count)) > 0) {
        count -= 3 * threes;
        for (; threes > 0; threes--) {
            uint32_t word = lapel_bits32_at(bits.codes, bits.at);

            acc += *x++ * lapel_next_of_word(&word, &bits, &book);
            acc += *x++ * lapel_next_of_word(&word, &bits, &book);
            acc += *x++ * lapel_next_of_word(&word, &bits, &book);
        }
    }
    for (; count > 0; count--) {
        acc += *x++ * (lapel_next_entry(&bits, &book) >> 8);
    }
    d->bits = bits;
    return acc;
}

#endif
