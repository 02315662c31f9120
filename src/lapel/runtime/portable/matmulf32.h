/* Products of float32 matrices in batches: y[n][o] = clamp(bias[o] + a[n][0] * b[0][o] + ...), in this order. */
#ifndef LAPEL_MATMULF32_H
#define LAPEL_MATMULF32_H

#include "broadcast.h"
#include "floats.h"

typedef struct {
    const LAPEL_ROM float *bias;               /* [columns], or [1] if bias_step is 0 */
    lapel_index count;                         /* matrices of the innermost loop, >= 1 */
    lapel_index outer[LAPEL_BROADCAST_OUTER];  /* counts of the loops around it, innermost first, >= 1 */
    lapel_index a_jump[LAPEL_BROADCAST_OUTER]; /* matrices from loop to loop, by the one that advances */
    lapel_index b_jump[LAPEL_BROADCAST_OUTER];
    lapel_index rows;                          /* of a and y, >= 1 */
    lapel_index columns;                       /* of b and y, >= 1 */
    lapel_index depth;                         /* products of a sum, >= 1 */
    lapel_index a_size;                        /* elements of a matrix */
    lapel_index a_row;                         /* elements from row to row */
    lapel_index a_depth;                       /* elements from product to product */
    lapel_index b_size;
    lapel_index b_column;                      /* elements from column to column */
    lapel_index b_depth;
    float lo;                                  /* clamp, lo <= hi */
    float hi;
    int8_t a_step;                             /* matrices of a for one of y in the innermost loop: 0 or 1 */
    int8_t b_step;
    int8_t bias_step;                          /* 0 or 1 */
} lapel_matmulf32_params;

/* y: [outer..., count][rows][columns]; a, b: as the params say; they do not overlap y. */
typedef void lapel_matmulf32_fn(float *y, const float *a, const float *b, const LAPEL_ROM lapel_matmulf32_params *p);
LAPEL_KERNEL lapel_matmulf32_fn lapel_matmulf32;

#endif
