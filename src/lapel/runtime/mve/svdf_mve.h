/* The kernel `svdf` for Helium: features sixteen products an instruction, and so the results of a filter over time. */
#ifndef LAPEL_SVDF_MVE_H
#define LAPEL_SVDF_MVE_H

#include "sums_mve.h"

typedef struct {
    const LAPEL_ROM int32_t *feature; /* groups of four filters of sums_mve.h */
    const LAPEL_ROM int8_t *time;     /* [units][rank][memory] */
    const LAPEL_ROM int32_t *bias;    /* [units], less the state's zero point * (sum of the unit's time filters) */
    lapel_index batches;              /* >= 1 */
    lapel_index inputs;               /* >= 1 */
    lapel_index units;                /* >= 1 */
    lapel_index rank;                 /* >= 1 */
    lapel_index memory;               /* >= 1 */
    int32_t feature_mul;              /* sums over x to the state */
    int32_t mul;                      /* sums over time to y */
    int8_t feature_shift;             /* -30..0 */
    int8_t shift;                     /* -31..30 */
    int16_t state_zero;               /* -128..127 */
    int16_t y_zero;                   /* -128..127 */
} lapel_svdf_mve_params;

/* As lapel_svdf. */
typedef void lapel_svdf_mve_fn(int8_t *y, int8_t *new_state, const int8_t *x, const int8_t *state,
                               const LAPEL_ROM lapel_svdf_mve_params *p);
LAPEL_KERNEL lapel_svdf_mve_fn lapel_svdf_mve;

#endif
