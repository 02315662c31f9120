/* Products of matrices in batches: y[n][o] = clamp(zero + requantize(bias[o] + sum_k (a[n][k] - a_zero) * (b[k][o] - b_zero))). */
#ifndef LAPEL_MATMUL_H
#define LAPEL_MATMUL_H

#include "matrices.h"

typedef struct {
    const LAPEL_ROM int32_t *bias; /* [columns], or [1] if bias_step is 0 */
    int32_t mul;                   /* >= 0 */
    lapel_broadcast_shape loops;   /* over whole matrices */
    lapel_matrices_shape each;     /* depth <= 33000 */
    int16_t a_zero;                /* -128..127 */
    int16_t b_zero;
    int16_t y_zero;
    int8_t a_step;                 /* matrices of a for one of y in the innermost loop: 0 or 1 */
    int8_t b_step;
    int8_t bias_step;              /* 0 or 1 */
    int8_t shift;                  /* -31..30 */
    int8_t lo;                     /* clamp, lo <= hi */
    int8_t hi;
} lapel_matmul_params;

/* y: [outer..., count][rows][columns]; a, b: as the params say; they do not overlap y. */
typedef void lapel_matmul_fn(int8_t *y, const int8_t *a, const int8_t *b, const LAPEL_ROM lapel_matmul_params *p);
LAPEL_KERNEL lapel_matmul_fn lapel_matmul;

#endif
