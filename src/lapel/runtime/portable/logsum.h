/* The logarithm of a sum of exponentials of each row: two values become the larger one and table[difference >> drop]. */
#ifndef LAPEL_LOGSUM_H
#define LAPEL_LOGSUM_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM uint16_t *table; /* [last + 1] */
    lapel_index batches;             /* rows of x, and values of y, >= 1 */
    lapel_index inputs;              /* >= 1 */
    uint8_t last;
    uint8_t drop; /* 0..30 */
} lapel_logsum_params;

/* y: [batches]; x: [batches][inputs]; they do not overlap. */
typedef void lapel_logsum_fn(int32_t *y, const int32_t *x, const LAPEL_ROM lapel_logsum_params *p);
LAPEL_KERNEL lapel_logsum_fn lapel_logsum;

#endif
