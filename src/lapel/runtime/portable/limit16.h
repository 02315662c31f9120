/* A clamp of int16: y[i] = min(max(x[i], lo), hi). */
#ifndef LAPEL_LIMIT16_H
#define LAPEL_LIMIT16_H

#include "lapel.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
    int16_t lo;        /* lo <= hi */
    int16_t hi;
} lapel_limit16_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_limit16_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_limit16_params *p);
LAPEL_KERNEL lapel_limit16_fn lapel_limit16;

#endif
