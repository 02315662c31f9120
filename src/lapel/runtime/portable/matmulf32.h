/* Products of float32 matrices in batches: y[n][o] = clamp(bias[o] + a[n][0] * b[0][o] + ...), in this order. */
#ifndef LAPEL_MATMULF32_H
#define LAPEL_MATMULF32_H

#include "floats.h"
#include "matrices.h"

typedef struct {
    const LAPEL_ROM float *bias; /* [columns], or [1] if bias_step is 0 */
    lapel_broadcast_shape loops; /* over whole matrices */
    lapel_matrices_shape each;
    float lo;                    /* clamp, lo <= hi */
    float hi;
    int8_t a_step;               /* matrices of a for one of y in the innermost loop: 0 or 1 */
    int8_t b_step;
    int8_t bias_step;            /* 0 or 1 */
} lapel_matmulf32_params;

/* y: [outer..., count][rows][columns]; a, b: as the params say; they do not overlap y. */
typedef void lapel_matmulf32_fn(float *y, const float *a, const float *b, const LAPEL_ROM lapel_matmulf32_params *p);
LAPEL_KERNEL lapel_matmulf32_fn lapel_matmulf32;

#endif
