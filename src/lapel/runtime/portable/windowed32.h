/* Rows of samples times a window: y = x * window / 2^shift, rounded down (SPEC 10). */
#ifndef LAPEL_WINDOWED32_H
#define LAPEL_WINDOWED32_H

#include "lapel.h"

typedef struct {
    const LAPEL_ROM int16_t *window; /* [length] */
    lapel_index rows;                /* >= 1 */
    lapel_index length;              /* >= 1 */
    int8_t shift;                    /* 0..31 */
} lapel_windowed32_params;

/* y, x: [rows][length]; they may start at one address, and do not overlap otherwise. */
typedef void lapel_windowed32_fn(int32_t *y, const int16_t *x, const LAPEL_ROM lapel_windowed32_params *p);
LAPEL_KERNEL lapel_windowed32_fn lapel_windowed32;

#endif
