/* Scores of classes by the distances of prototypes, one after the other, and the nearest one of all. */
#ifndef LAPEL_PROTOTYPES_H
#define LAPEL_PROTOTYPES_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint8_t *table;
    int16_t *nearest; /* the score of its class */
    int32_t least;    /* its distance, above all distances at first */
    uint8_t last;
    uint8_t drop;
} lapel_prototypes;

/* Add what a prototype at distance v >= 0 gives to the score of its class. */
LAPEL_INLINE void lapel_prototypes_add(int16_t *score, int32_t v, lapel_prototypes *s)
{
    const int32_t at = v >> s->drop;

    *score = (int16_t)(*score + s->table[at > s->last ? s->last : (uint8_t)at]);
    if (v < s->least) {
        s->least = v;
        s->nearest = score;
    }
}

#endif
