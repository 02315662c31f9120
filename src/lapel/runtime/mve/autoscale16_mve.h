/* Rows shifted to the left as autoscale16.h says it, eight samples at a time. */
#ifndef LAPEL_AUTOSCALE16_MVE_H
#define LAPEL_AUTOSCALE16_MVE_H

#include "autoscale16.h"
#include "mve.h"

typedef lapel_autoscale16_params lapel_autoscale16_mve_params;

/* y, x: [rows][length], y may be x; bits: [rows]. */
typedef void lapel_autoscale16_mve_fn(int16_t *y, int32_t *bits, const int16_t *x, const LAPEL_ROM lapel_autoscale16_mve_params *p);
LAPEL_KERNEL lapel_autoscale16_mve_fn lapel_autoscale16_mve;

#endif
