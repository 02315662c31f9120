/* L2 normalization of rows: y = saturate(128 * x / sqrt(sum of x * x)), x less its zero point. */
#ifndef LAPEL_L2NORM_H
#define LAPEL_L2NORM_H

#include "root.h"

typedef struct {
    lapel_index rows;     /* >= 1 */
    lapel_index channels; /* 1..32767 */
    int16_t x_zero;       /* -128..127 */
} lapel_l2norm_params;

/* Total. y, x: [rows][channels]; y may be x. */
typedef void lapel_l2norm_fn(int8_t *y, const int8_t *x, const LAPEL_ROM lapel_l2norm_params *p);
LAPEL_KERNEL lapel_l2norm_fn lapel_l2norm;

#endif
