/* Decodes streams from standard input by the runtime's headers, in buffers of exactly their sizes, for sanitizers.
 * A job is six numbers (form, weights, weights asked for at once, bytes of the stream, bytes of its tables, a setting),
 * then the stream and its tables: of code books the counts, their symbols' offset as a byte before. */
#include <stdio.h>
#include <stdlib.h>

#include "fixed.h"
#include "gaps.h"
#include "huffman32.h"
#include "sparse.h"

typedef struct {
    int32_t form, count, block, bytes, table_bytes, setting;
} job;

static void *read_exactly(size_t size)
{
    void *const p = malloc(size);

    if (p == NULL || fread(p, 1, size, stdin) != size) {
        exit(2);
    }
    return p;
}

/* The book of which `table` begins with the number of its counts. */
static lapel_book book_at(const uint8_t *table)
{
    const lapel_book book = {table + 1, (const int8_t *)table + 1 + table[0]};

    return book;
}

static void decode(const job *j, int8_t *w, const uint8_t *codes, const uint8_t *tables)
{
    int16_t *const table = malloc(sizeof(int16_t) * LAPEL_BOOK_TABLE);
    const uint8_t *const gap = tables + (j->form > 3 ? 2 + (tables[0] << 8 | tables[1]) : 0);
    lapel_gap_books books = {{0, 0}, {0, 0}, 0};
    lapel_fixed fixed = lapel_fixed_from(codes, j->bytes, (const int8_t *)tables, (int8_t)j->setting);
    lapel_huffman huffman = {{0, 0, 0}, {0, 0}};
    lapel_huffman32 quick = {{0, 0, 0}, {0, 0, 0}};
    lapel_sparse sparse = {0, 0, 0};
    lapel_gaps gaps = {{0, 0, 0}, {{0, 0}, {0, 0}, 0}, 0, 0};

    if (j->form == 1) {
        huffman = lapel_huffman_from(codes, j->bytes, book_at(tables));
    } else if (j->form == 2) {
        quick = lapel_huffman32_from(codes, j->bytes - 3, book_at(tables), table);
    } else if (j->form == 3) {
        sparse = lapel_sparse_from(codes, j->bytes);
    } else if (j->form == 4) {
        books.value = book_at(tables + 2);
        books.gap = book_at(gap);
        books.escape = (uint8_t)j->setting;
        gaps = lapel_gaps_from(codes, j->bytes, books);
    }
    for (int32_t k = 0; k < j->count; k += j->block) {
        const int32_t count = j->count - k < j->block ? j->count - k : j->block;

        switch (j->form) {
        case 0:
            lapel_fixed_next(&fixed, w + k, count);
            break;
        case 1:
            lapel_huffman_next(&huffman, w + k, count);
            break;
        case 2:
            lapel_huffman32_next(&quick, w + k, count);
            break;
        case 3:
            lapel_sparse_next(&sparse, w + k, count);
            break;
        default:
            lapel_gaps_next(&gaps, w + k, count);
        }
    }
    free(table);
}

int main(void)
{
    job j;

    while (fread(&j, sizeof j, 1, stdin) == 1) {
        uint8_t *const codes = read_exactly((size_t)j.bytes);
        uint8_t *const tables = read_exactly((size_t)j.table_bytes);
        int8_t *const w = malloc((size_t)j.count);

        decode(&j, w, codes, tables);
        fwrite(w, 1, (size_t)j.count, stdout);
        free(codes);
        free(tables);
        free(w);
    }
    return 0;
}
