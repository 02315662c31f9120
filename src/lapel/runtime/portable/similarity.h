/* Cosine similarity of rows to a template: sum of x * t / sqrt(sum of x * x * sum of t * t), less their zero points. */
#ifndef LAPEL_SIMILARITY_H
#define LAPEL_SIMILARITY_H

#include "root.h"

typedef struct {
    lapel_index rows;      /* >= 1 */
    lapel_index channels;  /* 1..32767 */
    int16_t x_zero;        /* -128..127 */
    int16_t template_zero; /* -128..127 */
} lapel_similarity_params;

/* y: [rows], 2^15 is 1.0; x: [rows][channels]; t: [channels]. */
typedef void lapel_similarity_fn(int16_t *y, const int8_t *x, const int8_t *t,
                                 const LAPEL_ROM lapel_similarity_params *p);
LAPEL_KERNEL lapel_similarity_fn lapel_similarity;

#endif
