/* Decodes streams from standard input by the runtime's headers, in buffers of exactly their sizes, for sanitizers.
 * A job is six numbers (form, weights, weights asked for at once, bytes of the stream, bytes of its tables, a setting),
 * then the stream and its tables: each code book is the number of its counts, these, and its symbols; before the first
 * of two its bytes. What comes out are the weights, and their sum times x = 0, 1, .., 99, 0, .., less ZERO for `sparse`
 * and `gaps`. */
#include <stdio.h>
#include <stdlib.h>

#include "fixed32.h"
#include "gaps32.h"
#include "sparse.h"

#define ZERO (-3)

typedef struct {
    int32_t form, count, block, bytes, table_bytes, setting;
} job;

/* The decoder of a job; only the one of its form is used. */
typedef struct {
    lapel_fixed fixed;
    lapel_huffman huffman;
    lapel_huffman32 quick;
    lapel_sparse sparse;
    lapel_gaps gaps;
    lapel_gaps32 quick_gaps;
} decoder;

static void *read_exactly(size_t size)
{
    void *const p = malloc(size);

    if (p == NULL || fread(p, 1, size, stdin) != size) {
        exit(2);
    }
    return p;
}

static lapel_book book_at(const uint8_t *table)
{
    const lapel_book book = {table + 1, (const int8_t *)table + 1 + table[0]};

    return book;
}

static void begin_gaps(decoder *d, const job *j, const uint8_t *codes, const uint8_t *tables, int16_t *scratch)
{
    const lapel_book value = book_at(tables + 2), gap = book_at(tables + 2 + (tables[0] << 8 | tables[1]));
    const uint8_t escape = (uint8_t)j->setting;

    if (j->form == 4) {
        const lapel_gaps_code c = {codes, gap.counts, gap.symbols, value.counts, value.symbols, j->bytes, escape};

        d->gaps = lapel_gaps_from(&c);
    } else {
        const lapel_gaps32_code c = {codes,         gap.counts, gap.symbols,
                                     value.counts,  value.symbols, scratch,
                                     j->bytes - LAPEL_STREAM_PADDING, escape};

        d->quick_gaps = lapel_gaps32_from(&c);
    }
}

static void begin_symbols(decoder *d, const job *j, const uint8_t *codes, lapel_book book, int16_t *scratch)
{
    const lapel_huffman_code c = {codes, book.counts, book.symbols, j->bytes};
    const lapel_huffman32_code c32 = {codes, book.counts, book.symbols, scratch, j->bytes - LAPEL_STREAM_PADDING};

    if (j->form == 1) {
        d->huffman = lapel_huffman_from(&c);
    } else {
        d->quick = lapel_huffman32_from(&c32);
    }
}

static void begin(decoder *d, const job *j, const uint8_t *codes, const uint8_t *tables, int16_t *scratch)
{
    const lapel_fixed_code fixed = {codes, (const int8_t *)tables, j->bytes, (int8_t)j->setting};
    const lapel_sparse_code sparse = {codes, j->bytes};

    switch (j->form) {
    case 0:
    case 5:
        d->fixed = lapel_fixed_from(&fixed);
        break;
    case 1:
    case 2:
        begin_symbols(d, j, codes, book_at(tables), scratch);
        break;
    case 3:
        d->sparse = lapel_sparse_from(&sparse);
        break;
    default:
        begin_gaps(d, j, codes, tables, scratch);
    }
}

static void next(decoder *d, int32_t form, int8_t *w, int32_t count)
{
    switch (form) {
    case 0:
    case 5:
        lapel_fixed_next(&d->fixed, w, count);
        break;
    case 1:
        lapel_huffman_next(&d->huffman, w, count);
        break;
    case 2:
        lapel_huffman32_next(&d->quick, w, count);
        break;
    case 3:
        lapel_sparse_next(&d->sparse, w, count);
        break;
    case 4:
        lapel_gaps_next(&d->gaps, w, count);
        break;
    default:
        lapel_gaps32_next(&d->quick_gaps, w, count);
    }
}

static int32_t dot(decoder *d, int32_t form, const int8_t *x, int32_t count)
{
    switch (form) {
    case 0:
        return lapel_fixed_dot(&d->fixed, x, count);
    case 1:
        return lapel_huffman_dot(&d->huffman, x, count);
    case 2:
        return lapel_huffman32_dot(&d->quick, x, count);
    case 3:
        return lapel_sparse_dot(&d->sparse, x, count, ZERO);
    case 4:
        return lapel_gaps_dot(&d->gaps, x, count, ZERO);
    case 5:
        return lapel_fixed32_dot(&d->fixed, x, count);
    default:
        return lapel_gaps32_dot(&d->quick_gaps, x, count, ZERO);
    }
}

/* Each block in memory of its own, so that a byte too far is seen. */
static int32_t decode(const job *j, const uint8_t *codes, const uint8_t *tables)
{
    int16_t *const scratch = malloc(sizeof(int16_t) * 2 * LAPEL_BOOK_TABLE);
    int32_t sum = 0;
    decoder d;

    begin(&d, j, codes, tables, scratch);
    for (int32_t k = 0; k < j->count; k += j->block) {
        const int32_t count = j->count - k < j->block ? j->count - k : j->block;
        int8_t *const w = malloc((size_t)count);

        next(&d, j->form, w, count);
        fwrite(w, 1, (size_t)count, stdout);
        free(w);
    }
    begin(&d, j, codes, tables, scratch);
    for (int32_t k = 0; k < j->count; k += j->block) {
        const int32_t count = j->count - k < j->block ? j->count - k : j->block;
        int8_t *const x = malloc((size_t)count);

        for (int32_t i = 0; i < count; i++) {
            x[i] = (int8_t)((k + i) % 100);
        }
        sum += dot(&d, j->form, x, count);
        free(x);
    }
    free(scratch);
    return sum;
}

int main(void)
{
    job j;

    while (fread(&j, sizeof j, 1, stdin) == 1) {
        uint8_t *const codes = read_exactly((size_t)j.bytes);
        uint8_t *const tables = read_exactly((size_t)j.table_bytes);
        const int32_t sum = decode(&j, codes, tables);

        fwrite(&sum, sizeof sum, 1, stdout);
        free(codes);
        free(tables);
    }
    return 0;
}
