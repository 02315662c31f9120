/* Rows shifted to the left until the greatest magnitude, at most 32767, is 16384 or more (SPEC 10). */
#ifndef LAPEL_AUTOSCALE16_H
#define LAPEL_AUTOSCALE16_H

#include "autoscale.h"

typedef struct {
    lapel_index rows;   /* >= 1 */
    lapel_index length; /* >= 1 */
} lapel_autoscale16_params;

/* y, x: [rows][length], y may be x; bits: [rows], how far. */
typedef void lapel_autoscale16_fn(int16_t *y, int32_t *bits, const int16_t *x, const LAPEL_ROM lapel_autoscale16_params *p);
LAPEL_KERNEL lapel_autoscale16_fn lapel_autoscale16;

#endif
