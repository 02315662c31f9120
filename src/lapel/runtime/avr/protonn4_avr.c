#include "protonn4_avr.h"

/* The prototypes, one after the other; those of a block are computed when the first of them is asked for. */
typedef struct {
    uint16_t sums[LAPEL_AVRNIBBLES_ROWS + 1];
    const LAPEL_ROM uint8_t *w;
    const LAPEL_ROM uint16_t *norm;
    uint16_t start; /* what all distances have */
    uint8_t next;   /* in the block, LAPEL_AVRNIBBLES_ROWS behind it */
} lapel_protonn4_avr_row;

/* (sum of x^2) >> halve: 0 to 2^16 - 1, as all distances are. */
LAPEL_INLINE uint16_t lapel_protonn4_avr_start(const int8_t *x, const LAPEL_ROM lapel_protonn4_avr_params *p)
{
    uint32_t squares = 0;

    for (lapel_index k = p->dims; k > 0; k--) {
        const int16_t v = *x++;

        squares += (uint16_t)(v * v);
    }
    return (uint16_t)(squares >> p->halve);
}

/* The distance of the next prototype. */
LAPEL_INLINE uint16_t lapel_protonn4_avr_next(lapel_protonn4_avr_row *r, const int8_t *x,
                                              const LAPEL_ROM lapel_protonn4_avr_params *p, uint16_t squares)
{
    if (r->next == LAPEL_AVRNIBBLES_ROWS) {
        lapel_avrnibbles(r->sums, x, r->w, p->dims);
        r->start = (uint16_t)(squares + 8u * r->sums[LAPEL_AVRNIBBLES_ROWS]);
        r->w += (size_t)p->dims * (LAPEL_AVRNIBBLES_ROWS / 2);
        r->next = 0;
    }
    return (uint16_t)(r->start + *r->norm++ - r->sums[r->next++]);
}

void lapel_protonn4_avr(int16_t *y, const int8_t *x, const LAPEL_ROM lapel_protonn4_avr_params *p)
{
    const uint16_t squares = lapel_protonn4_avr_start(x, p), limit = p->limit;
    const uint8_t far = p->table[p->last];
    lapel_protonn4_avr_row row = {{0}, p->w, p->norm, 0, LAPEL_AVRNIBBLES_ROWS};
    int16_t *nearest = y;
    uint16_t least = UINT16_MAX;

    for (lapel_index l = 0; l < p->classes; l++) {
        int16_t score = 0;

        for (uint8_t j = p->counts[l]; j > 0; j--) {
            const uint16_t v = lapel_protonn4_avr_next(&row, x, p, squares);

            score = (int16_t)(score + (v < limit ? p->table[v >> p->drop] : far));
            if (v < least) {
                least = v;
                nearest = y;
            }
        }
        *y++ = score;
    }
    *nearest = (int16_t)(*nearest + 1);
}
