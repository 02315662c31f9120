/* FastGRNN, one step: h' from x and h, and y, which is h' in 8 bits (docs/SPEC.md, classical models). */
#ifndef LAPEL_FASTGRNN_H
#define LAPEL_FASTGRNN_H

#include "dot.h"
#include "fastgrnncell.h"

typedef struct {
    const LAPEL_ROM int8_t *w;      /* [units][inputs] */
    const LAPEL_ROM int8_t *u;      /* [units][units] */
    const LAPEL_ROM int32_t *gate;   /* [units] */
    const LAPEL_ROM int32_t *update; /* [units] */
    const LAPEL_ROM uint8_t *table;  /* [256], of a sigmoid, 256 is 1 */
    int8_t *scratch;                 /* [units] */
    lapel_index inputs;              /* >= 1 */
    lapel_index units;               /* >= 1 */
    uint16_t zeta;                   /* 0..256, 256 is 1 */
    uint16_t nu;
    uint8_t x_left;                  /* 0..7 */
    uint8_t s_left;                  /* 0..7 */
    uint8_t drop;                    /* 1..24 */
} lapel_fastgrnn_params;

/* Total. y: [units]; x: [inputs]; h, h_new: [units], which may be the same; nothing else overlaps. */
typedef void lapel_fastgrnn_fn(int8_t *y, int16_t *h_new, const int8_t *x, const int16_t *h,
                              const LAPEL_ROM lapel_fastgrnn_params *p);
LAPEL_KERNEL lapel_fastgrnn_fn lapel_fastgrnn;

#endif
