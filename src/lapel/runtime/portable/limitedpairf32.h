/* Params of the float32 kernels that make each element of two, with broadcasting, and clamp it. */
#ifndef LAPEL_LIMITEDPAIRF32_H
#define LAPEL_LIMITEDPAIRF32_H

#include "pairf32.h"

typedef struct {
    lapel_broadcast_shape loops;
    float lo;      /* clamp, lo <= hi */
    float hi;
    int8_t a_step; /* 0 or 1: elements of a for one of y in the innermost loop */
    int8_t b_step; /* 0 or 1 */
} lapel_limitedpairf32_params;

#endif
