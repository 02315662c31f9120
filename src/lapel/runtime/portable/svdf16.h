/* SVDF whose state and time filters have 16 bits; x and y have 8 (SPEC 7). */
#ifndef LAPEL_SVDF16_H
#define LAPEL_SVDF16_H

#include "rows.h"

typedef struct {
    const LAPEL_ROM int8_t *feature;       /* [units][rank][inputs] */
    const LAPEL_ROM int16_t *time;         /* [units][rank][memory] */
    const LAPEL_ROM int32_t *feature_bias; /* [units][rank], minus x's zero point * (sum of the filter) */
    const LAPEL_ROM int32_t *bias;         /* [units], less the state's zero point * (sum of the unit's time filters) */
    lapel_index batches;                   /* >= 1 */
    lapel_index inputs;                    /* >= 1 */
    lapel_index units;                     /* >= 1 */
    lapel_index rank;                      /* >= 1 */
    lapel_index memory;                    /* >= 1 */
    int32_t feature_mul;                   /* sums over x to the state */
    int32_t mul;                           /* sums over time to y */
    int8_t feature_shift;                  /* -31..30 */
    int8_t shift;                          /* -31..30 */
    int16_t state_zero;
    int16_t y_zero;                        /* -128..127 */
} lapel_svdf16_params;

/* Total. y: [batches][units]; x: [batches][inputs]; state, new_state: [batches][units][rank][memory], oldest first;
 * new_state may be state, nothing else overlaps. */
typedef void lapel_svdf16_fn(int8_t *y, int16_t *new_state, const int8_t *x, const int16_t *state,
                             const LAPEL_ROM lapel_svdf16_params *p);
LAPEL_KERNEL lapel_svdf16_fn lapel_svdf16;

#endif
