/* int16: y[i] = saturate(rescale(1 / sqrt(x[i]))); 32767 where that is not positive. */
#ifndef LAPEL_RSQRT16_H
#define LAPEL_RSQRT16_H

#include "root.h"

#define LAPEL_RSQRT16_LEFT 20 /* bits of the root behind the point */

typedef struct {
    lapel_index count; /* >= 1, elements */
    int32_t mul;
    int8_t shift;      /* -31..10 */
} lapel_rsqrt16_params;

/* Total. y, x: [count]; y may be x. */
typedef void lapel_rsqrt16_fn(int16_t *y, const int16_t *x, const LAPEL_ROM lapel_rsqrt16_params *p);
LAPEL_KERNEL lapel_rsqrt16_fn lapel_rsqrt16;

#endif
