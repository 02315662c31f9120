/* The greatest sample of each row, at least 1 (SPEC 11). */
#ifndef LAPEL_PEAK16_H
#define LAPEL_PEAK16_H

#include "lapel.h"

typedef struct {
    lapel_index rows;    /* >= 1 */
    lapel_index samples; /* >= 1, of a row */
} lapel_peak16_params;

/* Total. y: [rows]; x: [rows][samples]; they do not overlap. */
typedef void lapel_peak16_fn(int32_t *y, const int16_t *x, const LAPEL_ROM lapel_peak16_params *p);
LAPEL_KERNEL lapel_peak16_fn lapel_peak16;

#endif
