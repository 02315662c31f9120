/* Rows of samples times a window: y = x * window / 2^shift, rounded down and saturated (SPEC 10). */
#ifndef LAPEL_WINDOWED16_H
#define LAPEL_WINDOWED16_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM int16_t *window; /* [length] */
    lapel_index rows;                /* >= 1 */
    lapel_index length;              /* >= 1 */
    int8_t shift;                    /* 0..31 */
} lapel_windowed16_params;

/* y, x: [rows][length]; they may start at one address, and do not overlap otherwise. */
typedef void lapel_windowed16_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_windowed16_params *p);
LAPEL_KERNEL lapel_windowed16_fn lapel_windowed16;

#endif
