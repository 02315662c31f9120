/* A clamp: y[i] = min(max(x[i], lo), hi). */
#ifndef LAPEL_LIMIT_H
#define LAPEL_LIMIT_H

#include "lapel.h"

typedef struct {
    lapel_index count; /* >= 1, elements */
    int8_t lo;         /* lo <= hi */
    int8_t hi;
} lapel_limit_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_limit_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_limit_params *p);
LAPEL_KERNEL lapel_limit_fn lapel_limit;

#endif
